// The public halves of a person's keys for commands, and what was approved with such keys beforehand.
import { api, unwrap } from "./client";
import type { OperatorKey, StandingApproval } from "./types";

export async function fetchKeys(): Promise<OperatorKey[]> {
  return (await unwrap(api.GET("/api/v1/account/keys"))).items;
}

/** Keeps the public half of a new key, 32 bytes in base64. */
export function addKey(name: string, publicKey: string): Promise<OperatorKey> {
  return unwrap(api.POST("/api/v1/account/keys", { body: { name, public_key: publicKey } }));
}

export async function removeKey(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/account/keys/{own_key_id}", { params: { path: { own_key_id: id } } }));
}

export async function fetchApprovals(): Promise<StandingApproval[]> {
  return (await unwrap(api.GET("/api/v1/standing-approvals"))).items;
}

export async function removeApproval(id: string): Promise<void> {
  await unwrap(api.DELETE("/api/v1/standing-approvals/{approval_id}", { params: { path: { approval_id: id } } }));
}

/** What a runbook may do by itself, as it is asked. */
export interface ApprovalRequest {
  agents: number[];
  runbook: string;
  version: string;
  action: string;
  params: Record<string, string | number | boolean>;
  per_hour: number;
  days: number;
  key_id: string;
}

/** The text that an operator's key signs, and what has to come back with the signature. */
export function prepareApproval(body: ApprovalRequest) {
  return unwrap(api.POST("/api/v1/standing-approvals/prepare", { body }));
}

export function addApproval(
  body: ApprovalRequest & { id: string; issued_ms: number; expires_ms: number; signature: string },
): Promise<StandingApproval> {
  return unwrap(api.POST("/api/v1/standing-approvals", { body }));
}
