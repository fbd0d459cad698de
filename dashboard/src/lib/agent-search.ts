import { type ProcessSearch, parseProcessSearch } from "./process-view";
import { parseRange, type RangeSearch } from "./range";

/** What the URL of an agent's page holds. */
export interface AgentSearch extends RangeSearch, ProcessSearch {
  /** The core whose states are drawn. */
  core?: number;
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseAgentSearch(search: Record<string, unknown>): AgentSearch {
  const known = { ...parseRange(search), ...parseProcessSearch(search) };
  const core = Number(search.core);
  return search.core !== undefined && Number.isInteger(core) && core >= 0 ? { ...known, core } : known;
}
