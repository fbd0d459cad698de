// Runs of runbooks: what pages about other things show of them.
import type { VerdictName } from "@/lib/runbook-run-words";
import { api, unwrap } from "./client";
import type { RunbookRun, RunbookRunPage } from "./types";

export interface RunFilter {
  runbook?: number;
  agent?: number;
  incident?: number;
  state?: RunbookRun["state"][];
  verdict?: VerdictName[];
  cursor?: number;
  limit?: number;
}

export function fetchRuns(query: RunFilter, signal?: AbortSignal): Promise<RunbookRunPage> {
  return unwrap(api.GET("/api/v1/runbook-runs", { params: { query }, ...(signal && { signal }) }));
}
