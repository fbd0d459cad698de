import { useEffect } from "react";
import { live } from "@/state/live";
import { queryClient } from "@/state/session";
import { RUNBOOKS } from "@/state/waiting-runs";

/** Reads a run anew as it changes. */
export function useRunFeed(id: number): void {
  useEffect(() => live.watchRunbookRun(id, () => void queryClient.invalidateQueries({ queryKey: [RUNBOOKS] })), [id]);
}
