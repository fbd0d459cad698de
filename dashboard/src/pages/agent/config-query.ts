import { queryOptions } from "@tanstack/react-query";
import { fetchConfig, fetchConfigVersions } from "@/api/calls";
import { isInEffect } from "./config";

const AWAITED_MS = 3000;
const CALM_MS = 10_000;

/** Looks again by itself, soon while the agent's answer to a change is on its way. */
export const configQuery = (agent: number) =>
  queryOptions({
    queryKey: ["config", agent],
    queryFn: () => fetchConfig(agent),
    refetchInterval: ({ state }) => (state.data !== undefined && isInEffect(state.data) ? CALM_MS : AWAITED_MS),
  });

export const versionsQuery = (agent: number) =>
  queryOptions({ queryKey: ["config-versions", agent], queryFn: () => fetchConfigVersions(agent), staleTime: 0 });
