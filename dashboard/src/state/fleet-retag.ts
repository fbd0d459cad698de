import type { Agent } from "@/api/types";
import type { Tagged } from "@/lib/bulk";
import type { FleetStore } from "./fleet";

/**
 * Shows other environments and tags before the hub has taken them.
 *
 * @returns what puts back those of some agents, which the hub did not change.
 */
export function retag(fleet: FleetStore, ids: Iterable<number>, to: (agent: Agent) => Tagged) {
  const before = new Map<number, Agent>();
  fleet.change(ids, (agent) => {
    const { environment, tags } = to(agent);
    before.set(agent.id, agent);
    return { ...agent, environment, tags: [...tags] };
  });
  return (back: Iterable<number>): void =>
    fleet.change(back, (agent) => {
      const { environment, tags } = before.get(agent.id) ?? agent;
      return { ...agent, environment, tags };
    });
}
