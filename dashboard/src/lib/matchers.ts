// What silences and maintenance windows are about, as text and in words.

import { plural, t } from "@lingui/core/macro";
import { demandWords, keyWord } from "./demand-words";
import { formatCount } from "./language";

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

/** "agent is web-1". */
export function matcherWords({ key, op, value }: MatcherParts): string {
  const label = key.slice("label.".length);
  return demandWords(key.startsWith("label.") ? t`label ${label}` : keyWord(key), op, [value]);
}

/** So many names are read at a glance. */
const NAMED = 3;

/** "web-1, web-2 and 8 more": chosen agents, some of whom are known by name. */
export function chosenWords(count: number, names: readonly string[]): string {
  if (names.length === 0) return plural(count, { one: "# machine that is gone", other: "# machines that are gone" });
  const shown = names.slice(0, NAMED).join(", ");
  const more = count - Math.min(names.length, NAMED);
  const others = formatCount(more);
  return more === 0 ? shown : t`${shown} and ${others} more`;
}
