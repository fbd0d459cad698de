import type { Annotation, Mark } from "@/api/types";
import type { TimeMark } from "@/lib/marks";
import { COMMAND_WORDS, RUN_WORDS } from "@/lib/run-words";
import { OUTCOME_WORDS, RUN_STATE_WORDS, VERDICT_WORDS } from "@/lib/runbook-run-words";
import type { LaneMark } from "@/pages/marks/lane";
import { setMarkOf } from "@/pages/marks/set-mark";

const LABELS: Readonly<Record<string, { label: string } | string>> = {
  ...COMMAND_WORDS,
  ...RUN_WORDS,
  ...RUN_STATE_WORDS,
  ...OUTCOME_WORDS,
};

function stateWord(state: string): string {
  const known = LABELS[state];
  return known === undefined ? state : typeof known === "string" ? known : known.label;
}

const COLORS = { fixed: "ok", not_fixed: "bad", worse: "bad", unknown: "warn" } as const;

function colorOf({ verdict, state, until }: Annotation): TimeMark["color"] {
  if (verdict !== null) return COLORS[verdict];
  if (until === null) return "accent";
  if (/fail|refus|timed|stopped/.test(state)) return "bad";
  return state === "unknown" ? "warn" : "muted";
}

/** What was done and what was noted, as marks. */
export function marksOf(done: readonly Annotation[], set: readonly Mark[]): LaneMark[] {
  return [...done.map(markOf), ...set.map(setMarkOf)];
}

function markOf(one: Annotation): LaneMark {
  return {
    id: one.link,
    at: Date.parse(one.at) / 1000,
    until: one.until === null ? null : Date.parse(one.until) / 1000,
    title: one.title,
    text: one.verdict === null ? stateWord(one.state) : VERDICT_WORDS[one.verdict].label,
    color: colorOf(one),
    kind: one.kind === "run" ? "run" : "command",
    link: one.link,
  };
}
