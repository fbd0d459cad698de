// Runbooks, their runs, and what people decide about these.
import type { RunbookForm } from "@/lib/runbook-form";
import { api, unwrap } from "./client";
import type { DryRun, ParsedRunbook, Runbook, RunbookDetail, RunbookExample, RunbookRunDetail } from "./types";

/** A runbook in one of its two forms. */
export type Written = { yaml: string } | { definition: RunbookForm };

const runbook = (id: number) => ({ path: { runbook_id: id } });
const run = (id: number) => ({ path: { run_id: id } });

/** A body as the document has it, which calls a definition an object only. */
function sent<Body extends Written>(body: Body) {
  return body as Body & { definition?: Record<string, unknown> };
}

export async function fetchRunbooks(): Promise<Runbook[]> {
  return (await unwrap(api.GET("/api/v1/runbooks"))).items as unknown as Runbook[];
}

export async function fetchRunbook(id: number): Promise<RunbookDetail> {
  const detail: unknown = await unwrap(api.GET("/api/v1/runbooks/{runbook_id}", { params: runbook(id) }));
  return detail as RunbookDetail;
}

/** Reads a runbook without keeping it: both of its forms, or where the first error is. */
export async function parseRunbook(written: Written, signal?: AbortSignal): Promise<ParsedRunbook> {
  const parsed: unknown = await unwrap(
    api.POST("/api/v1/runbooks/parse", { body: sent(written), ...(signal && { signal }) }),
  );
  return parsed as ParsedRunbook;
}

export async function fetchExamples(): Promise<RunbookExample[]> {
  return (await unwrap(api.GET("/api/v1/runbooks/examples"))).items as unknown as RunbookExample[];
}

/** Changes a runbook, or adds one when there is no id. Refused (409) when somebody changed it since `based_on`. */
export async function saveRunbook(
  id: number | null,
  body: Written & { enabled: boolean; based_on?: number },
): Promise<RunbookDetail> {
  const saved: unknown = await unwrap(
    id === null
      ? api.POST("/api/v1/runbooks", { body: sent(body) })
      : api.PUT("/api/v1/runbooks/{runbook_id}", { params: runbook(id), body: sent(body) }),
  );
  return saved as RunbookDetail;
}

export async function deleteRunbook(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/runbooks/{runbook_id}", { params: runbook(id) }));
}

export async function closeBreaker(id: number, reason: string): Promise<void> {
  await unwrap(api.POST("/api/v1/runbooks/{runbook_id}/breaker/close", { params: runbook(id), body: { reason } }));
}

/** Which runbook is tried, and where; without agents on the machines that it is for. */
export type DryRunRequest = (Written | { runbook: number }) & { agents?: number[]; labels?: Record<string, string> };

/** What would happen now, machine by machine; nothing is begun. */
export function dryRun(body: DryRunRequest, signal?: AbortSignal): Promise<DryRun> {
  const asked = body as DryRunRequest & { definition?: Record<string, unknown> };
  return unwrap(api.POST("/api/v1/runbooks/dry-run", { body: asked, ...(signal && { signal }) }));
}

export interface RunRequest {
  agents: number[];
  labels: Record<string, string>;
  incident: number | null;
  /** Does the steps though what is expected holds already. */
  force: boolean;
  reason: string;
}

export async function runRunbook(id: number, body: RunRequest): Promise<number[]> {
  return (await unwrap(api.POST("/api/v1/runbooks/{runbook_id}/run", { params: runbook(id), body }))).runs;
}

export async function fetchRun(id: number): Promise<RunbookRunDetail> {
  const detail: unknown = await unwrap(api.GET("/api/v1/runbook-runs/{run_id}", { params: run(id) }));
  return detail as RunbookRunDetail;
}

/** What a person can decide about a run. */
export type Decision = "approve" | "decline" | "cancel";

export async function decideRun(id: number, decision: Decision, reason: string): Promise<void> {
  await unwrap(api.POST(`/api/v1/runbook-runs/{run_id}/${decision}`, { params: run(id), body: { reason } }));
}
