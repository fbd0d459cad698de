import { useQuery } from "@tanstack/react-query";
import { fetchOffers } from "@/api/commands";
import { actionSpec } from "@/lib/action-spec";
import type { ActionSpec } from "@/lib/action-words";
import type { Target } from "@/lib/run-draft";
import { COMMANDS } from "@/state/awaiting";

/** An action that at least one of the machines allows. */
export interface Offered extends ActionSpec {
  /** How many of them allow it. */
  agents: number;
  /** The ids of operators' keys that any of them trusts for it. */
  operators: readonly string[];
}

/** What machines allow together. */
export function useOffered(targets: readonly Target[]) {
  const ids = targets.map(({ id }) => id);
  return useQuery({
    queryKey: [COMMANDS, "offers", ids],
    queryFn: async ({ signal }): Promise<Offered[]> =>
      (await fetchOffers(ids, signal)).items.map((one) => ({
        ...actionSpec(one),
        agents: one.agents,
        operators: one.operators,
      })),
    staleTime: 10_000,
  });
}
