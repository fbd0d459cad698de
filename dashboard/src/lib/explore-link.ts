// What Explore asks when somebody comes from a chart or from a rule.
import { EMPTY_QUERY, type ExploreQuery, LETTERS } from "./explore-search";
import type { Leaf } from "./rule-series";
import type { SeriesMeta } from "./series";

/** What a chart of one agent shows, as queries: one for each metric, its series told apart by what they differ in. */
export function queriesOfSeries(series: readonly SeriesMeta[], agent: number): ExploreQuery[] {
  const metrics = [...new Set(series.map(({ metric }) => metric))].slice(0, LETTERS.length);
  return metrics.map((metric) => {
    const mine = series.filter((one) => one.metric === metric);
    const labels: Record<string, string> = {};
    const by: string[] = [];
    for (const [key, value] of Object.entries(mine[0]?.labels ?? {})) {
      if (mine.every((one) => one.labels[key] === value)) labels[key] = value;
      else by.push(`label:${key}`);
    }
    return { ...EMPTY_QUERY, metric, labels, by, agents: [agent] };
  });
}

/** What the comparisons of a rule look at, by agent; the highest ten of each. */
export function queriesOfRule(leaves: readonly Leaf[]): ExploreQuery[] {
  const queries = leaves.map(({ metric, labels }): ExploreQuery => {
    const pairs = labels.flatMap(({ key, match, values: [value, ...others] }): [string, string][] =>
      match === "=" && value !== undefined && others.length === 0 ? [[key, value]] : [],
    );
    return {
      ...EMPTY_QUERY,
      metric,
      labels: Object.fromEntries(pairs),
      by: ["agent"],
      across: "max",
      rank: { order: "top", count: 10 },
    };
  });
  const different = new Map(queries.map((query) => [JSON.stringify(query), query]));
  return [...different.values()].slice(0, LETTERS.length);
}
