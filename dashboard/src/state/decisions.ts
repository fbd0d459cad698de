import { useQuery } from "@tanstack/react-query";
import { awaitingQuery } from "./awaiting";
import { useUser } from "./session";
import { waitingRunsQuery } from "./waiting-runs";

/** How much waits for this person's decision: commands of others, and runs of runbooks. */
export function useDecisions(enabled: boolean): number {
  const { username } = useUser();
  const { data: commands = [] } = useQuery({ ...awaitingQuery, enabled });
  const { data: runs } = useQuery({ ...waitingRunsQuery, enabled });
  return commands.filter((one) => one.requested_by !== username).length + (runs?.total ?? 0);
}
