import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { fetchIncidents, type IncidentFilter } from "@/api/incidents";
import type { IncidentSearch } from "@/lib/incident-search";
import { ALERTING, alertingPoll } from "@/state/alerting";

/** More incidents that are not over than this are no list for people. */
const MAX_OPEN = 500;
const PAGE = 50;

function filter({ severity, agent, q }: IncidentSearch): IncidentFilter {
  return {
    ...(severity === undefined ? {} : { severity }),
    ...(agent === undefined ? {} : { agent: [agent] }),
    ...(q === undefined ? {} : { q }),
  };
}

/** All incidents that are not over. */
export function openQuery(search: IncidentSearch) {
  return queryOptions({
    queryKey: [ALERTING, "incidents", "open", filter(search)],
    queryFn: ({ signal }) =>
      fetchIncidents({ ...filter(search), state: ["open", "acknowledged"], limit: MAX_OPEN }, signal),
    refetchInterval: alertingPoll,
    placeholderData: (previous) => previous,
  });
}

/** Those that are over, the newest first, page by page. */
export function resolvedQuery(search: IncidentSearch) {
  return infiniteQueryOptions({
    queryKey: [ALERTING, "incidents", "resolved", filter(search)],
    queryFn: ({ pageParam, signal }) =>
      fetchIncidents(
        {
          ...filter(search),
          state: ["resolved"],
          limit: PAGE,
          ...(pageParam === null ? {} : { before: pageParam }),
        },
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next_before,
    placeholderData: (previous) => previous,
  });
}
