// The list of commands, of which every page shows a count.
import { api, unwrap } from "./client";
import type { CommandPage, CommandState } from "./types";

export interface CommandFilter {
  agent?: number;
  action?: string;
  state?: CommandState[];
  requested_by?: string;
  cursor?: number;
  limit?: number;
}

export function fetchCommands(query: CommandFilter, signal?: AbortSignal): Promise<CommandPage> {
  return unwrap(api.GET("/api/v1/commands", { params: { query }, ...(signal === undefined ? {} : { signal }) }));
}
