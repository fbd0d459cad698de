import { t } from "@lingui/core/macro";
import type { Across, Aggregation, ExploreQuery } from "@/lib/explore-search";
import { duration } from "@/lib/units";

export const AGGREGATION_WORDS: Record<Aggregation, string> = {
  avg: "average",
  min: "lowest",
  max: "highest",
  sum: "sum",
  last: "last",
  rate: t`growth a second`,
  p50: "median",
  p90: "90th percentile",
  p95: "95th percentile",
  p99: "99th percentile",
};

export const ACROSS_WORDS: Record<Across, string> = {
  avg: "average",
  min: "lowest",
  max: "highest",
  sum: "sum",
  count: t`number of series`,
  p50: "median",
  p90: "90th percentile",
  p95: "95th percentile",
  p99: "99th percentile",
};

const BY_WORDS: Record<string, string> = {
  agent: "agent",
  environment: "environment",
  type: "type",
  tag: "tag",
};

/** What groups have in common, in a word. */
export function byWord(by: string): string {
  return BY_WORDS[by] ?? by.replace("label:", "");
}

/** How far back a window is compared: "1 d", "1 week". */
export function compareWord(seconds: number): string {
  return seconds % 604_800 === 0 && seconds > 0
    ? `${seconds / 604_800} ${seconds === 604_800 ? "week" : "weeks"}`
    : duration(seconds);
}

/** A group in words; names are those of agents. */
export function groupWords(
  query: Pick<ExploreQuery, "across">,
  group: Readonly<Record<string, string>>,
  names: ReadonlyMap<number, string>,
): string {
  const parts = Object.entries(group).map(([by, value]) => {
    if (by === "agent") return names.get(Number(value)) ?? `Agent ${value}`;
    return value === "" ? `no ${byWord(by)}` : value;
  });
  return parts.length === 0 ? `All, ${ACROSS_WORDS[query.across]}` : parts.join(" · ");
}

/** A query in words: "system.memory.utilization, state used: average by agent". */
export function queryWords({ metric, labels, across, by }: ExploreQuery): string {
  const series = [metric, ...Object.entries(labels).map(([key, value]) => `${key} ${value}`)].join(", ");
  return `${series}: ${ACROSS_WORDS[across]}${by.length === 0 ? "" : ` by ${by.map(byWord).join(", ")}`}`;
}
