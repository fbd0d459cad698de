import { queryOptions } from "@tanstack/react-query";
import { fetchGroups, fetchMetrics, fetchRule, fetchRules, parseRule } from "@/api/rules";
import { queryClient } from "@/state/session";

const KEY = "alert-rules";

/** How many targets alarm changes by itself. */
export const rulesQuery = queryOptions({ queryKey: [KEY], queryFn: fetchRules, refetchInterval: 10_000 });
/** For pages that need of them what hardly changes: names and units. */
export const ruleNamesQuery = queryOptions({ ...rulesQuery, refetchInterval: 60_000 });

export const ruleQuery = (id: number) =>
  queryOptions({ queryKey: [KEY, id], queryFn: () => fetchRule(id), refetchInterval: 10_000 });

export const groupsQuery = queryOptions({ queryKey: [KEY, "groups"], queryFn: fetchGroups });

export const metricsQuery = queryOptions({ queryKey: ["known-metrics"], queryFn: fetchMetrics, staleTime: 60_000 });

/** What a text that can be read says; it says the same for ever. */
export const formQuery = (expression: string) =>
  queryOptions({
    queryKey: ["rule-form", expression],
    queryFn: ({ signal }) => parseRule(expression, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Reads everything about rules again. */
export function refreshRules(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: [KEY] });
}
