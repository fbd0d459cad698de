// Acts on many agents at once.
import { api, unwrap } from "./client";
import type { AgentsDeleted, TagsChanged } from "./types";

export interface TagChange {
  agents: number[];
  /** Null: each keeps its own. */
  environment: string | null;
  add_tags: string[];
  remove_tags: string[];
}

export function changeTags(body: TagChange): Promise<TagsChanged> {
  return unwrap(api.POST("/api/v1/agents/bulk-tags", { body }));
}

/** Gives agents the environments and tags that an earlier change found. */
export function restoreTags(former: TagsChanged["former"]): Promise<TagsChanged> {
  return unwrap(api.POST("/api/v1/agents/bulk-tags/restore", { body: { former } }));
}

export function deleteAgents(agents: number[]): Promise<AgentsDeleted> {
  return unwrap(api.POST("/api/v1/agents/bulk-delete", { body: { agents } }));
}
