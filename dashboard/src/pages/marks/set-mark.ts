import { t } from "@lingui/core/macro";
import type { Mark } from "@/api/types";
import type { LaneMark } from "./lane";

export const KIND_WORDS: Record<Mark["kind"], string> = { deploy: t`Deployment`, note: t`Note` };

/** What somebody noted, as its mark. */
export function setMarkOf(one: Mark): LaneMark {
  return {
    id: `set ${one.id}`,
    at: Date.parse(one.at) / 1000,
    until: Date.parse(one.until) / 1000,
    title: one.title,
    text: `${KIND_WORDS[one.kind]} by ${one.created_by}`,
    color: one.kind === "deploy" ? "accent" : "muted",
    kind: one.kind,
    set: one,
  };
}
