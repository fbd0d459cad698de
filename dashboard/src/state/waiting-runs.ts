import { queryOptions } from "@tanstack/react-query";
import { fetchRuns } from "@/api/runbook-runs";
import { LISTS_RESPONSES } from "./responses";
import { queryClient } from "./session";
import { pollInterval } from "./told";

/** What all queries about runbooks and their runs begin with. */
export const RUNBOOKS = "runbooks";
const POLL_MS = 10_000;
const WAITING_SHOWN = 50;

export function refreshRunbooks(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: [RUNBOOKS] });
}

/** Runs about which a person has to decide, the newest first. */
export const waitingRunsQuery = queryOptions({
  queryKey: [RUNBOOKS, "runs", "waiting"],
  queryFn: ({ signal }) => fetchRuns({ state: ["awaiting_approval", "suggested"], limit: WAITING_SHOWN }, signal),
  meta: LISTS_RESPONSES,
  refetchInterval: pollInterval(POLL_MS),
});
