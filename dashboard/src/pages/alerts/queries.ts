import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { fetchAlerts } from "@/api/incidents";
import { ALERT_STATES, type AlertSearch } from "@/lib/alert-search";
import { ALERTING, alertingPoll } from "@/state/alerting";

const PAGE = 200;
const MAX_OF_FLEET = 1000;

/** The alerts that the URL asks for, page by page. Those that are pending change without any incident changing. */
export function alertsQuery({ state, severity, agent, rule }: AlertSearch) {
  const filter = {
    state: state ?? [...ALERT_STATES],
    limit: PAGE,
    ...(severity === undefined ? {} : { severity }),
    ...(agent === undefined ? {} : { agent: [agent] }),
    ...(rule === undefined ? {} : { rule: [rule] }),
  };
  return infiniteQueryOptions({
    queryKey: [ALERTING, "alerts", filter],
    queryFn: ({ pageParam, signal }) =>
      fetchAlerts({ ...filter, ...(pageParam === null ? {} : { cursor: pageParam }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: 5000,
    placeholderData: (previous) => previous,
  });
}

/** How many alerts each agent has, of the newest thousand that fire or have no data. */
export const alertCountsQuery = queryOptions({
  queryKey: [ALERTING, "alerts of the fleet"], // not a text
  queryFn: async () => {
    const counts = new Map<number, number>();
    for (const { agent } of (await fetchAlerts({ limit: MAX_OF_FLEET })).items) {
      if (agent !== null) counts.set(agent, (counts.get(agent) ?? 0) + 1);
    }
    return counts;
  },
  refetchInterval: alertingPoll,
});

/** How many alerts of an agent fire. */
export const firingCountQuery = (agent: number) =>
  queryOptions({
    queryKey: [ALERTING, "firing", agent],
    queryFn: async ({ signal }) => (await fetchAlerts({ agent: [agent], state: ["firing"], limit: 1 }, signal)).total,
    refetchInterval: alertingPoll,
  });
