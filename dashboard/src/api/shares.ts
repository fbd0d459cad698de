// Sharing pages, and looking at what is shared.
import { api, unwrap } from "./client";
import type { IssuedShare, NewShare, OpenedPass, Pass, Share } from "./types";

export function createShare(wanted: NewShare): Promise<IssuedShare> {
  return unwrap(api.POST("/api/v1/shares", { body: wanted }));
}

export async function fetchShares(everybody: boolean): Promise<Share[]> {
  return (await unwrap(api.GET("/api/v1/shares", { params: { query: { all: everybody } } }))).items;
}

export async function revokeShare(share: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/shares/{share_id}", { params: { path: { share_id: share } } }));
}

/** Opens a shared link; a cookie that scripts cannot see is the pass from now on. */
export function openShare(secret: string): Promise<OpenedPass> {
  return unwrap(api.POST("/api/v1/shared/open", { body: { secret } }));
}

/** What is shared with this browser. */
export function fetchPass(): Promise<Pass> {
  return unwrap(api.GET("/api/v1/shared"));
}
