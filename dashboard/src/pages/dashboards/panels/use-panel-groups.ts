import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import type { DashboardVariable, PanelQuery } from "@/lib/dashboard-spec";
import type { Line } from "@/lib/explore";
import type { ExploreQuery } from "@/lib/explore-search";
import { mergedGroups, queryOf } from "@/lib/merged-groups";
import { type Chosen, resolvedQuery } from "@/lib/panel-query";
import { displayUnit } from "@/lib/units";
import { groupsQuery } from "@/pages/explore/use-groups";
import { groupWords } from "@/pages/explore/words";
import { LEAST_REFRESH_MS, type PanelContext } from "./panel-context";

/** What queries of panels ask while this is chosen. */
export function useResolved(
  queries: readonly PanelQuery[],
  variables: readonly DashboardVariable[],
  chosen: Chosen,
): ExploreQuery[] {
  return useMemo(() => queries.map((one) => resolvedQuery(one, variables, chosen)), [queries, variables, chosen]);
}

/** What the queries of a panel came to, together. */
export function usePanelGroups(
  queries: readonly PanelQuery[],
  { variables, chosen, range, names }: PanelContext,
  pixels: number,
  asking: boolean,
) {
  const asked = useResolved(queries, variables, chosen);
  const answers = useQueries({
    queries: asked.map((query) => ({
      ...groupsQuery(query, range, pixels, asking && query.metric !== "", LEAST_REFRESH_MS),
    })),
  });
  const datas = answers.map(({ data }) => data);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answers themselves, one after the other
  const groups = useMemo(() => mergedGroups(datas), datas);
  const several = asked.length > 1;
  const nameOf = (line: Line) => lineWords(asked[queryOf(line)], line, names, several);
  const first = asked[groups?.lines[0] === undefined ? 0 : queryOf(groups.lines[0])];
  return {
    asked,
    groups,
    nameOf,
    compareOf: (line: Line) => asked[queryOf(line)]?.compare ?? 0,
    unit: first?.across === "count" ? ("1" as const) : displayUnit(first?.metric ?? "", groups?.unit ?? "1"),
    error: answers.find(({ error }) => error !== null)?.error ?? null,
    retry: () => {
      for (const answer of answers) if (answer.error !== null) void answer.refetch();
    },
  };
}

/** What a line is called: its group, and the metric where it could be another. */
function lineWords(
  query: ExploreQuery | undefined,
  line: Line,
  names: ReadonlyMap<number, string>,
  several: boolean,
): string {
  if (query === undefined) return "";
  const metric = [query.metric.replace(/^system\./, ""), ...Object.values(query.labels)].join(" ");
  if (query.by.length === 0) return metric;
  const group = groupWords(query, line.group, names);
  return several ? `${metric}: ${group}` : group;
}
