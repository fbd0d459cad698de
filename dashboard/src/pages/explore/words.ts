import { plural, t } from "@lingui/core/macro";
import type { Across, Aggregation, ExploreQuery } from "@/lib/explore-search";
import { duration } from "@/lib/units";

const STATISTIC_WORDS: Record<Across & Aggregation, string> = {
  avg: t({ message: "average", context: "of values" }),
  min: t({ message: "lowest", context: "of values" }),
  max: t({ message: "highest", context: "of values" }),
  sum: t({ message: "sum", context: "of values" }),
  p50: t`median`,
  p90: t`90th percentile`,
  p95: t`95th percentile`,
  p99: t`99th percentile`,
};

export const AGGREGATION_WORDS: Record<Aggregation, string> = {
  ...STATISTIC_WORDS,
  last: t({ message: "last", context: "of values" }),
  rate: t`growth a second`,
};

export const ACROSS_WORDS: Record<Across, string> = { ...STATISTIC_WORDS, count: t`number of series` };

const BY_WORDS: Record<string, string> = {
  agent: t`agent`,
  environment: t`environment`,
  type: t`type`,
  tag: t`tag`,
};

/** What groups have in common, in a word. */
export function byWord(by: string): string {
  return BY_WORDS[by] ?? by.replace("label:", "");
}

/** How far back a window is compared: "1 d", "1 week". */
export function compareWord(seconds: number): string {
  if (seconds === 0 || seconds % 604_800 !== 0) return duration(seconds);
  return plural(seconds / 604_800, { one: "# week", other: "# weeks" });
}

/** A group in words; names are those of agents. */
export function groupWords(
  query: Pick<ExploreQuery, "across">,
  group: Readonly<Record<string, string>>,
  names: ReadonlyMap<number, string>,
): string {
  const parts = Object.entries(group).map(([by, value]) => {
    if (by === "agent") return names.get(Number(value)) ?? t`Agent ${value}`;
    const lacking = byWord(by);
    return value === "" ? t`no ${lacking}` : value;
  });
  const statistic = ACROSS_WORDS[query.across];
  return parts.length === 0 ? t`All, ${statistic}` : parts.join(" · ");
}

/** A query in words: "system.memory.utilization, state used: average by agent". */
export function queryWords({ metric, labels, across, by }: ExploreQuery): string {
  const series = [metric, ...Object.entries(labels).map(([key, value]) => `${key} ${value}`)].join(", ");
  const [statistic, groups] = [ACROSS_WORDS[across], by.map(byWord).join(", ")];
  return by.length === 0 ? `${series}: ${statistic}` : t`${series}: ${statistic} by ${groups}`;
}
