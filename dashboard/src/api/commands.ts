// Commands: what machines allow, asking them, and what became of it.
import { api, unwrap } from "./client";
import type {
  AgentActions,
  CommandDetail,
  CommandPreview,
  CreatedCommand,
  OfferList,
  OutputPieces,
  PreparedText,
} from "./types";

export type ParamValue = string | number | boolean;
export type Params = Record<string, ParamValue>;

/** What is asked of which agents; the hub reads it anew at each step. */
export interface CommandRequest {
  agents: number[];
  action: string;
  params: Params;
  timeout_s?: number;
  reason?: string;
  expires_s?: number;
  batch?: { size: number; pause_s: number; stop_after: number } | null;
  approval?: boolean;
  /** The operator's key that signs; null for the hub's. */
  key_id?: string | null;
}

export interface CommandSignature {
  agent: number;
  id: string;
  nonce: string;
  issued_ms: number;
  expires_ms: number;
  signature: string;
}

export function fetchActions(agent: number): Promise<AgentActions> {
  return unwrap(api.GET("/api/v1/agents/{agent_id}/actions", { params: { path: { agent_id: agent } } }));
}

/** What any of several agents allows. */
export function fetchOffers(agents: number[], signal: AbortSignal): Promise<OfferList> {
  return unwrap(api.POST("/api/v1/commands/actions", { body: { agents }, signal }));
}

/** Which machines it would go to, and what each is expected to say; nothing is begun. */
export function previewCommand(body: CommandRequest, signal: AbortSignal): Promise<CommandPreview> {
  return unwrap(api.POST("/api/v1/commands/preview", { body, signal }));
}

/** The texts that the operator's key has to sign. */
export async function prepareCommand(body: CommandRequest): Promise<PreparedText[]> {
  return (await unwrap(api.POST("/api/v1/commands/prepare", { body }))).items;
}

export function createCommand(body: CommandRequest, signatures?: CommandSignature[]): Promise<CreatedCommand> {
  const signed = signatures === undefined ? body : { ...body, signatures };
  return unwrap(api.POST("/api/v1/commands", { body: signed }));
}

const of = (id: number) => ({ path: { command_id: id } });

/** A command with a page of its runs. */
export function fetchCommand(id: number, after: number, limit: number): Promise<CommandDetail> {
  return unwrap(api.GET("/api/v1/commands/{command_id}", { params: { ...of(id), query: { after, limit } } }));
}

export async function cancelCommand(id: number): Promise<void> {
  await unwrap(api.POST("/api/v1/commands/{command_id}/cancel", { params: of(id) }));
}

export async function approveCommand(id: number, reason: string): Promise<void> {
  await unwrap(api.POST("/api/v1/commands/{command_id}/approve", { params: of(id), body: { reason } }));
}

export async function rejectCommand(id: number, reason: string): Promise<void> {
  await unwrap(api.POST("/api/v1/commands/{command_id}/reject", { params: of(id), body: { reason } }));
}

/** What a run wrote, as far as it is kept. */
export function fetchPieces(command: number, agent: number, signal: AbortSignal): Promise<OutputPieces> {
  const params = { path: { command_id: command, agent_id: agent } };
  return unwrap(api.GET("/api/v1/commands/{command_id}/runs/{agent_id}/pieces", { params, signal }));
}

/** Where the bytes are that a run wrote, as they were. */
export function outputUrl(command: number, agent: number): string {
  return `/api/v1/commands/${command}/runs/${agent}/output?download=true`;
}
