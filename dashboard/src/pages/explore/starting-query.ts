import type { KnownMetric } from "@/api/types";
import { EMPTY_QUERY, type ExploreQuery } from "@/lib/explore-search";

/** The part of a resource that people mean when they ask how much of it is used. */
const MEANT = ["used", "user"];

/** What is asked of a metric first: its highest agents; of a resource in parts the part that is used. */
export function startingQuery(name: string, known: readonly KnownMetric[] | undefined): ExploreQuery {
  const states = known?.find(({ metric }) => metric === name)?.labels.state ?? [];
  const state = MEANT.find((one) => states.includes(one));
  return {
    ...EMPTY_QUERY,
    metric: name,
    labels: state === undefined ? {} : { state },
    by: ["agent"],
    rank: { order: "top", count: 10 },
  };
}
