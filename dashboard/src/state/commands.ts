import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { fetchActions, fetchCommand } from "@/api/commands";
import { fetchApprovals, fetchKeys } from "@/api/operator-keys";
import { keyAbility, keysHere } from "@/lib/operator-key";
import { COMMANDS } from "./awaiting";
import { queryClient } from "./session";

const POLL_MS = 15_000;
/** Of runs; the hub gives no more at once. */
const RUNS_PAGE = 500;

export function refreshCommands(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: [COMMANDS] });
}

/** A command with its machines, page by page. */
export const commandQuery = (id: number) =>
  infiniteQueryOptions({
    queryKey: [COMMANDS, "one", id],
    queryFn: ({ pageParam }) => fetchCommand(id, pageParam, RUNS_PAGE),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_run,
    refetchInterval: POLL_MS,
  });

/** What an agent's owner allows. */
export const actionsQuery = (agent: number) =>
  queryOptions({ queryKey: ["actions", agent], queryFn: () => fetchActions(agent), staleTime: 10_000 });

export const keysQuery = queryOptions({ queryKey: ["account", "keys"], queryFn: fetchKeys });
export const approvalsQuery = queryOptions({ queryKey: ["account", "approvals"], queryFn: fetchApprovals });
/** The ids of the keys that this very browser has. */
export const keysHereQuery = queryOptions({ queryKey: ["account", "keys", "here"], queryFn: keysHere });
/** Whether this browser can have any. */
export const keyAbilityQuery = queryOptions({
  queryKey: ["account", "keys", "ability"],
  queryFn: keyAbility,
  staleTime: Number.POSITIVE_INFINITY,
});
