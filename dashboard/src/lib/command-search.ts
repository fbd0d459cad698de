import { choicesParam, defined, idParam, textParam } from "./search-params";

export const COMMAND_STATES = [
  "awaiting_approval",
  "running",
  "finished",
  "stopped",
  "cancelled",
  "rejected",
  "expired",
] as const;

export type CommandStateName = (typeof COMMAND_STATES)[number];

/** What the URL of the list of commands holds; left out means all. */
export interface CommandSearch {
  agent?: number;
  action?: string;
  state?: CommandStateName[];
  by?: string;
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseCommandSearch(search: Record<string, unknown>): CommandSearch {
  return defined({
    agent: idParam(search.agent),
    action: textParam(search.action)?.slice(0, 64),
    state: choicesParam(search.state, COMMAND_STATES),
    by: textParam(search.by)?.slice(0, 64),
  });
}

/** What the URL of a command's page holds: the machine whose output is read. */
export interface CommandPageSearch {
  agent?: number;
}

export function parseCommandPageSearch(search: Record<string, unknown>): CommandPageSearch {
  return defined({ agent: idParam(search.agent) });
}
