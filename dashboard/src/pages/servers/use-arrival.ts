import { useEffect } from "react";
import type { Agent } from "@/api/types";
import { fleet } from "@/state/session";
import { useSignal } from "@/state/use-signal";

/** How far a new server has come: nothing heard yet, registered, or its first sample is here. */
export type Arrival = { stage: "waiting" } | { stage: "registered" | "received"; agent: Agent };

/** Watches the fleet for an agent that one of these enrollment tokens lets in. */
export function useArrival(tokens: readonly number[]): Arrival {
  const { agents } = useSignal(fleet.view);
  useEffect(() => fleet.use(), []);
  const agent = agents.find(({ enrolled_with: token }) => token !== null && tokens.includes(token));
  if (agent === undefined) return { stage: "waiting" };
  return { stage: agent.summary.time === null && agent.last_heartbeat === null ? "registered" : "received", agent };
}
