import { t } from "@lingui/core/macro";
import { placeWords } from "@/lib/runbook-words";
import type { Editing } from "./use-editor";

/** Why what is written cannot be saved yet; null when it can, as far as the hub said. */
export function obstacleOf({ parsed, pending }: Editing): string | null {
  if (parsed === undefined) return "";
  if (parsed.error === "") return pending ? "" : null;
  const place = placeWords(parsed.path);
  return place === "" ? t`There is a mistake to mend.` : t`There is a mistake to mend: ${place}.`;
}
