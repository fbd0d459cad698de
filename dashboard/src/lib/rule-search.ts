import { SEVERITIES, type SeverityName, severityRank } from "./severities";
/** What filtering and sorting need to know of a rule. */
export interface ListedRule {
  name: string;
  expression: string;
  summary: string;
  severity: SeverityName;
  enabled: boolean;
  firing: number;
  pending: number;
}

/** From the worst down: the order in which people look. */

export const RULE_STATES = ["firing", "on", "off"] as const;
export type RuleState = (typeof RULE_STATES)[number];

/** What the URL of the list of rules holds; left out means "all". */
export interface RuleSearch {
  q?: string;
  severity?: SeverityName[];
  state?: RuleState;
  /** The rule group whose rules are shown. */
  group?: number;
  /** The groups are shown, and not the rules. */
  view?: "groups";
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseRuleSearch(search: Record<string, unknown>): RuleSearch {
  const result: RuleSearch = {};
  if (search.q !== undefined && String(search.q) !== "") result.q = String(search.q);
  const wanted = Array.isArray(search.severity) ? search.severity : [search.severity];
  const severity = SEVERITIES.filter((one) => wanted.includes(one));
  if (severity.length > 0) result.severity = severity;
  const state = RULE_STATES.find((one) => one === search.state);
  if (state !== undefined) result.state = state;
  const group = Number(search.group);
  if (search.group !== undefined && Number.isSafeInteger(group) && group > 0) result.group = group;
  if (search.view === "groups") result.view = "groups";
  return result;
}

function hasState(rule: ListedRule, state: RuleState): boolean {
  if (state === "firing") return rule.firing > 0;
  return rule.enabled === (state === "on");
}

/** Whether a rule passes the search text and every filter; each word must stand somewhere in it. */
export function matchesRule(rule: ListedRule & { group_id?: number | null }, search: RuleSearch): boolean {
  const text = `${rule.name} ${rule.expression} ${rule.summary}`.toLowerCase();
  return (
    (search.q ?? "")
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.includes(word)) &&
    (search.severity === undefined || search.severity.includes(rule.severity)) &&
    (search.state === undefined || hasState(rule, search.state)) &&
    (search.group === undefined || rule.group_id === search.group)
  );
}

/** The rules that fire first, then the worst first, then by name. */
export function byUrgency(one: ListedRule, other: ListedRule): number {
  return (
    Number(other.firing > 0) - Number(one.firing > 0) ||
    severityRank(one.severity) - severityRank(other.severity) ||
    one.name.localeCompare(other.name)
  );
}

/** Reads which rule a new one begins as a copy of. */
export function parseNewRuleSearch({ from }: Record<string, unknown>): { from?: number } {
  return Number.isSafeInteger(Number(from)) && from !== undefined ? { from: Number(from) } : {};
}
