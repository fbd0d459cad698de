import { t } from "@lingui/core/macro";
import type { Mark } from "@/api/types";
import type { LaneMark } from "./lane";

/** "Deployment by admin". */
export function madeBy({ kind, created_by: person }: Mark): string {
  return kind === "deploy" ? t`Deployment by ${person}` : t`Note by ${person}`;
}

/** What somebody noted, as its mark. */
export function setMarkOf(one: Mark): LaneMark {
  return {
    id: `set ${one.id}`,
    at: Date.parse(one.at) / 1000,
    until: Date.parse(one.until) / 1000,
    title: one.title,
    text: madeBy(one),
    color: one.kind === "deploy" ? "accent" : "muted",
    kind: one.kind,
    set: one,
  };
}
