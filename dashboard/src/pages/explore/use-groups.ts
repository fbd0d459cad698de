import { queryOptions, useQuery } from "@tanstack/react-query";
import { fetchGroups } from "@/api/explore";
import { hubNow } from "@/lib/clock";
import { groupKey, type Line, linesOf, refreshMs } from "@/lib/explore";
import type { ExploreQuery } from "@/lib/explore-search";
import { isLive, pointsFor, type RangeSearch, rangeSeconds, type TimeWindow, windowAt } from "@/lib/range";

/** What a query came to. */
export interface Groups {
  window: TimeWindow;
  /** Seconds between two points. */
  step: number;
  unit: string;
  lines: Line[];
  /** How many groups there were before the highest or lowest were chosen. */
  total: number;
}

interface Kept extends Groups {
  metric: string;
  /** How long the hub took, in ms. */
  took: number;
}

async function ask(query: ExploreQuery, range: RangeSearch, points: number, signal: AbortSignal): Promise<Kept> {
  const { from, to } = windowAt(range, hubNow());
  const started = performance.now();
  const now = await fetchGroups(query, { from, to, points }, null, signal);
  const { compare } = query;
  const keys = query.by.length === 0 ? null : now.series.map(({ group }) => groupKey(group));
  const before =
    compare === 0 || now.series.length === 0
      ? null
      : await fetchGroups(query, { from: from - compare, to: to - compare, points }, keys, signal);
  return {
    metric: query.metric,
    window: { from, to },
    step: now.step,
    unit: now.series[0]?.unit ?? "1",
    lines: linesOf({ groups: now.series, to }, before === null ? null : { groups: before.series, earlier: compare }),
    total: now.groups ?? now.series.length,
    took: performance.now() - started,
  };
}

/**
 * The groups of a query over the page's time. While that follows the present they are asked for again, as often as
 * there is a new point, as long as the page is seen.
 *
 * @param pixels how wide the chart is.
 */
export function useGroups(query: ExploreQuery, range: RangeSearch, pixels: number) {
  return useQuery(groupsQuery(query, range, pixels, !query.hidden, 0));
}

/**
 * What asks for the groups of a query.
 *
 * @param asking whether it is asked now; what was answered stays.
 * @param leastMs how long it waits for the next answer at least.
 */
export function groupsQuery(query: ExploreQuery, range: RangeSearch, pixels: number, asking: boolean, leastMs: number) {
  const { hidden: _hidden, solo: _solo, ...asked } = query;
  const points = pointsFor(rangeSeconds(range), pixels);
  return queryOptions<Kept>({
    queryKey: ["explore", asked, range, points],
    queryFn: ({ signal }) => ask(query, range, points, signal),
    enabled: asking && pixels > 0,
    placeholderData: (kept) => (kept?.metric === query.metric ? kept : undefined),
    refetchInterval: ({ state }) =>
      isLive(range) &&
      Math.max(leastMs, refreshMs(state.data?.step ?? 1, Math.max(state.data?.took ?? 0, state.error ? 2500 : 0))),
    staleTime: isLive(range) ? 0 : Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}
