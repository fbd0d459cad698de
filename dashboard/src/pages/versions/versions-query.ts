import { queryOptions } from "@tanstack/react-query";
import { fetchReleases, fetchRollout, fetchRollouts } from "@/api/calls";
import { isOpen } from "./rollouts";

const WATCHED_MS = 2000;
const CALM_MS = 15_000;

export const releasesQuery = queryOptions({
  queryKey: ["agent-releases"],
  queryFn: fetchReleases,
  refetchInterval: CALM_MS,
});

export const rolloutsQuery = queryOptions({
  queryKey: ["rollouts"],
  queryFn: fetchRollouts,
  refetchInterval: (query) => (query.state.data?.some(isOpen) ? WATCHED_MS : CALM_MS),
});

export const rolloutQuery = (id: number, open: boolean) =>
  queryOptions({
    queryKey: ["rollouts", id],
    queryFn: () => fetchRollout(id),
    refetchInterval: open ? WATCHED_MS : false,
  });
