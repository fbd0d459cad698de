import { plural, t } from "@lingui/core/macro";
import { demandWords, keyWord } from "./demand-words";
import { formatCount } from "./language";
import type { MatcherParts } from "./matchers";
import type { SeverityName } from "./severities";
import { SEVERITY_WORDS } from "./severity-words";

/** "agent is web-1". */
export function matcherWords({ key, op, value }: MatcherParts): string {
  const label = key.slice("label.".length);
  const name = key.startsWith("label.") ? t`label ${label}` : keyWord(key);
  const severity = key === "severity" ? SEVERITY_WORDS[value as SeverityName] : undefined;
  return demandWords(name, op, [severity ?? value]);
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
