import { type ExploreQuery, MAX_GROUPS } from "@/lib/explore-search";
import { api, unwrap } from "./client";
import type { SeriesAnswer } from "./types";

/** Unix seconds, and how many points at the most. */
interface AskedWindow {
  from: number;
  to: number;
  points: number;
}

/**
 * The groups that a query makes of many agents' series.
 *
 * @param groups only these, by their keys; null for those of the query's own ranking.
 */
export function fetchGroups(
  query: ExploreQuery,
  window: AskedWindow,
  groups: readonly string[] | null,
  signal: AbortSignal,
): Promise<SeriesAnswer> {
  const { metric, agg, across, rank } = query;
  const labels = Object.entries(query.labels).map(([key, value]) => `${key}=${value}`);
  return unwrap(
    api.GET("/api/v1/series", {
      params: {
        query: {
          ...window,
          metric: [metric],
          labels: labels.join(","),
          agent: [...query.agents],
          environment: [...query.environments],
          type: [...query.types],
          tag: [...query.tags],
          agg,
          across,
          by: query.by.join(","),
          ...(groups !== null ? { group: [...groups] } : { [rank?.order ?? "top"]: rank?.count ?? MAX_GROUPS }),
        },
      },
      signal,
    }),
  );
}
