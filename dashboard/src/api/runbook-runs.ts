// Runs of runbooks and their marks: what pages about other things show of them.
import type { VerdictName } from "@/lib/runbook-run-words";
import { api, unwrap } from "./client";
import type { Annotation, RunbookRun, RunbookRunPage } from "./types";

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

/** Runs and commands of an agent between two moments in Unix seconds. */
export async function fetchAnnotations(
  agent: number,
  window: { start: number; end: number },
  signal?: AbortSignal,
): Promise<Annotation[]> {
  const params = { path: { agent_id: agent }, query: window };
  return (await unwrap(api.GET("/api/v1/agents/{agent_id}/annotations", { params, ...(signal && { signal }) }))).items;
}
