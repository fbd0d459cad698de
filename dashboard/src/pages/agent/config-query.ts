import { queryOptions } from "@tanstack/react-query";
import { fetchConfig, fetchConfigVersions } from "@/api/calls";

/** Looks again by itself, since the agent's answer comes some moments after a change. */
export const configQuery = (agent: number) =>
  queryOptions({ queryKey: ["config", agent], queryFn: () => fetchConfig(agent), refetchInterval: 3000 });

export const versionsQuery = (agent: number) =>
  queryOptions({ queryKey: ["config-versions", agent], queryFn: () => fetchConfigVersions(agent), staleTime: 0 });
