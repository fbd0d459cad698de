// Tokens that let servers in.
import type { TokenScope } from "./calls";
import { api, unwrap } from "./client";
import type { EnrollmentToken, EnrollmentTokenRow } from "./types";

export interface NewEnrollmentToken extends TokenScope {
  max_uses: number;
  expires_in_s: number;
}

/** Newest first; with `spent` those too that let nobody in any more. */
export async function fetchEnrollmentTokens(spent: boolean): Promise<EnrollmentTokenRow[]> {
  return (await unwrap(api.GET("/api/v1/enrollment-tokens", { params: { query: { spent } } }))).items;
}

export function makeEnrollmentToken(body: NewEnrollmentToken): Promise<EnrollmentToken> {
  return unwrap(api.POST("/api/v1/enrollment-tokens", { body }));
}

export async function revokeEnrollmentToken(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/enrollment-tokens/{token_id}", { params: { path: { token_id: id } } }));
}
