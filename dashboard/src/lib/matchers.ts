// What silences and maintenance windows are about, as text. Every page's first script holds this file: words are in matcher-words.ts.

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
