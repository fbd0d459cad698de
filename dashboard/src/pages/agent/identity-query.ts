import { queryOptions } from "@tanstack/react-query";
import { fetchIdentity } from "@/api/calls";
import type { AgentIdentity } from "@/api/types";
import { isUnsettled } from "@/lib/identity";
import { fleet, queryClient } from "@/state/session";
import { agentQuery } from "./agent-query";

const AWAITED_MS = 3000;
const CALM_MS = 10_000;

/** Looks again by itself, sooner while it is about to change. */
export const identityQuery = (agent: number) =>
  queryOptions({
    queryKey: ["identity", agent],
    queryFn: () => fetchIdentity(agent),
    refetchInterval: ({ state }) => (state.data !== undefined && isUnsettled(state.data) ? AWAITED_MS : CALM_MS),
  });

/** Takes over how an agent's identity stands now, wherever it is shown. */
export async function takeIdentity(agent: number, now: AgentIdentity): Promise<void> {
  queryClient.setQueryData(identityQuery(agent).queryKey, now);
  await queryClient.invalidateQueries({ queryKey: agentQuery(agent).queryKey });
  await fleet.refresh(agent);
}
