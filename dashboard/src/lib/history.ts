/** How long the hub keeps samples of 1 s, and by which rules. */
export interface HistoryRules {
  defaults: { keep_1s_days: number };
  rules: readonly { environment: string | null; tag: string | null; keep_1s_days: number | null }[];
}

/**
 * For how many days samples of 1 s of an agent, and its processes, are kept: the longest that any rule for its
 * environment or one of its tags says, else the default.
 */
export function historyDays(
  { defaults, rules }: HistoryRules,
  agent: { environment: string; tags: readonly string[] },
): number {
  const days = rules
    .filter(({ environment, tag }) => environment === agent.environment || (tag !== null && agent.tags.includes(tag)))
    .flatMap(({ keep_1s_days }) => keep_1s_days ?? []);
  return days.length === 0 ? defaults.keep_1s_days : Math.max(...days);
}
