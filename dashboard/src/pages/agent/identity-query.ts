import { queryOptions } from "@tanstack/react-query";
import { fetchIdentity } from "@/api/calls";
import type { AgentIdentity } from "@/api/types";
import { fleet, queryClient } from "@/state/session";
import { agentQuery } from "./agent-query";

/** Looks again by itself, since a renewal ends some moments after it was asked for. */
export const identityQuery = (agent: number) =>
  queryOptions({ queryKey: ["identity", agent], queryFn: () => fetchIdentity(agent), refetchInterval: 5000 });

/** Takes over how an agent's identity stands now, wherever it is shown. */
export async function takeIdentity(agent: number, now: AgentIdentity): Promise<void> {
  queryClient.setQueryData(identityQuery(agent).queryKey, now);
  await queryClient.invalidateQueries({ queryKey: agentQuery(agent).queryKey });
  await fleet.refresh(agent);
}
