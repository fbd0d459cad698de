import { useEffect, useState } from "react";
import type { Agent } from "@/api/types";
import { fleet } from "@/state/session";
import { useSignal } from "@/state/use-signal";

/** How far a new server has come: nothing heard yet, registered, or its first sample is here. */
export type Arrival = { stage: "waiting" } | { stage: "registered" | "received"; agent: Agent };

/** Watches the fleet for an agent that registered after `since` (Unix milliseconds). */
export function useArrival(since: number | null): Arrival {
  const { agents } = useSignal(fleet.view);
  const [newest, setNewest] = useState<number | null>(null);
  useEffect(() => fleet.use(), []);
  useEffect(() => {
    if (since === null || newest !== null) return;
    const found = agents.find((agent) => Date.parse(agent.created_at) >= since);
    if (found !== undefined) setNewest(found.id);
  }, [agents, since, newest]);
  const agent = newest === null ? undefined : agents.find(({ id }) => id === newest);
  if (agent === undefined) return { stage: "waiting" };
  return { stage: agent.summary.time === null && agent.last_heartbeat === null ? "registered" : "received", agent };
}
