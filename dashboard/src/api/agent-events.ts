// What happened to one agent, in one list.
import type { EventKindName } from "@/lib/agent-events";
import { api, unwrap } from "./client";
import type { AgentEventPage } from "./types";

interface EventsWanted {
  agent: number;
  /** Unix seconds. */
  time: { start: number; end: number };
  /** None for all. */
  kinds: readonly EventKindName[];
  limit: number;
}

/** A page of events, the newest first; `before` is the `next` of the page ahead of it. */
export function fetchAgentEvents(
  { agent, time, kinds, limit }: EventsWanted,
  before: AgentEventPage["next"],
  signal: AbortSignal,
): Promise<AgentEventPage> {
  const query = { ...time, limit, kind: [...kinds], ...(before !== null && { before }) };
  return unwrap(api.GET("/api/v1/agents/{agent_id}/events", { params: { path: { agent_id: agent }, query }, signal }));
}
