// What silences and maintenance windows are about, as text and in words.

import { t } from "@lingui/core/macro";

export const MATCHER_OPS = ["=", "!=", "~"] as const;
export type MatcherOp = (typeof MATCHER_OPS)[number];
export const MATCHER_KEYS = ["agent", "environment", "tag", "type", "rule", "severity"] as const;

export interface MatcherParts {
  key: string;
  op: MatcherOp;
  value: string;
}

const TEXT = /^([a-z]+|label\.[A-Za-z_][\w.-]*)(!=|=|~)(.*)$/s;

/** Reads `agent=web-1`; null for what is none. */
export function parseMatcher(text: string): MatcherParts | null {
  const found = TEXT.exec(text.slice(0, 400));
  if (found === null) return null;
  const [, key = "", op = "=", value = ""] = found;
  const known = MATCHER_KEYS.some((one) => one === key) || key.startsWith("label.");
  return known ? { key, op: op as MatcherOp, value: value.slice(0, 256) } : null;
}

/** `agent=web-1`. */
export function writeMatcher({ key, op, value }: MatcherParts): string {
  return `${key}${op}${value}`;
}

const IN_WORDS: Record<MatcherOp, string> = { "=": "is", "!=": t`is not`, "~": t`is like` };

/** "agent is web-1". */
export function matcherWords({ key, op, value }: MatcherParts): string {
  const name = key.startsWith("label.") ? `label ${key.slice("label.".length)}` : key;
  return `${name} ${IN_WORDS[op]} ${value === "" ? "empty" : value}`;
}

/** So many names are read at a glance. */
const NAMED = 3;

/** "web-1, web-2 and 8 more": chosen agents, some of whom are known by name. */
export function chosenWords(count: number, names: readonly string[]): string {
  const shown = names.slice(0, NAMED);
  const others = count - shown.length;
  if (shown.length === 0)
    return count === 1 ? "1 machine that is gone" : t`${count.toLocaleString("en")} machines that are gone`;
  return others === 0 ? shown.join(", ") : t`${shown.join(", ")} and ${others.toLocaleString("en")} more`;
}
