import { useMemo, useRef } from "react";
import type { Agent } from "@/api/types";
import { arrange, type FleetSearch } from "@/lib/fleet-view";

/**
 * The agents to list, in order. While the list is `held` (the pointer is on it) rows keep their places, so that nobody
 * clicks on a row that has just moved; their values stay live.
 */
export function useArrangement(agents: readonly Agent[], search: FleetSearch, held: boolean): Agent[] {
  const kept = useRef<{ search: FleetSearch; ids: number[]; count: number } | null>(null);
  return useMemo(() => {
    const last = kept.current;
    if (held && last !== null && last.search === search && last.count === agents.length) {
      const byId = new Map(agents.map((agent) => [agent.id, agent]));
      return last.ids.flatMap((id) => byId.get(id) ?? []);
    }
    const arranged = arrange(agents, search);
    kept.current = { search, ids: arranged.map((agent) => agent.id), count: agents.length };
    return arranged;
  }, [agents, search, held]);
}
