import { EVENT_KINDS, type EventKindName } from "./agent-events";
import { type ChartViewSearch, parseChartViews } from "./chart-view";
import { type ProcessSearch, parseProcessSearch } from "./process-view";
import { parseRange, type RangeSearch } from "./range";
import { choicesParam, defined } from "./search-params";

/** What the URL of an agent's page holds. */
export interface AgentSearch extends RangeSearch, ProcessSearch, ChartViewSearch {
  /** The core whose states are drawn. */
  core?: number;
  /** The recording that is looked at. */
  recording?: number;
  /** The kinds of events that are listed; left out: all. */
  events?: EventKindName[];
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseAgentSearch(search: Record<string, unknown>): AgentSearch {
  const events = defined({ events: choicesParam(search.events, EVENT_KINDS) });
  const known = { ...parseRange(search), ...parseProcessSearch(search), ...parseChartViews(search), ...events };
  return { ...known, ...wholeNumber("core", search.core, 0), ...wholeNumber("recording", search.recording, 1) };
}

function wholeNumber<Key extends string>(key: Key, text: unknown, least: number): { [Name in Key]?: number } {
  const value = Number(text);
  return text !== undefined && Number.isSafeInteger(value) && value >= least
    ? ({ [key]: value } as { [Name in Key]?: number })
    : {};
}
