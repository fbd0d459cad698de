import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import {
  fetchChannelKinds,
  fetchChannels,
  fetchEscalations,
  fetchNotifications,
  fetchRotas,
  fetchRoutes,
  fetchShifts,
  type Outcome,
} from "@/api/notifications";
import { queryClient } from "@/state/session";

const KEY = "notifications";
export const kindsQuery = queryOptions({
  queryKey: [KEY, "kinds"],
  queryFn: fetchChannelKinds,
  staleTime: Number.POSITIVE_INFINITY,
});
/** How channels do changes by itself. */
export const channelsQuery = queryOptions({
  queryKey: [KEY, "channels"],
  queryFn: fetchChannels,
  refetchInterval: 10_000,
});
export const routesQuery = queryOptions({ queryKey: [KEY, "routes"], queryFn: fetchRoutes });
export const escalationsQuery = queryOptions({ queryKey: [KEY, "escalations"], queryFn: fetchEscalations });
export const rotasQuery = queryOptions({ queryKey: [KEY, "rotas"], queryFn: fetchRotas, refetchInterval: 60_000 });

/** Who is on call between two moments in Unix seconds. */
export const shiftsQuery = (rota: number, from: number, to: number) =>
  queryOptions({ queryKey: [KEY, "shifts", rota, from, to], queryFn: () => fetchShifts(rota, from, to) });

/** What was told to whom, newest first. */
export const historyQuery = (outcome: Outcome | null) =>
  infiniteQueryOptions({
    queryKey: [KEY, "history", outcome],
    queryFn: ({ pageParam }) => fetchNotifications(outcome, pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 15_000,
  });

/** Reads everything about notifications again: its parts name each other. */
export function refresh(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: [KEY], predicate: ({ queryKey }) => queryKey[1] !== "kinds" });
}
