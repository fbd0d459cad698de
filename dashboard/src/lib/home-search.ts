import { GROUPINGS, type Grouping } from "./fleet-groups";
import { choicesParam, defined, textParam } from "./search-params";

/** What the live list of agents holds of each already, so that nothing has to be asked. */
export const RESOURCES = ["cpu", "memory", "disk", "network"] as const;
export type Resource = (typeof RESOURCES)[number];

/** What the URL of the home page holds: what colours the cells (CPU when left out), and how they are grouped. */
export interface HomeSearch {
  color?: Exclude<Resource, "cpu">;
  /** Any metric; it stands above `color`. */
  metric?: string;
  by?: Grouping;
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseHomeSearch(search: Record<string, unknown>): HomeSearch {
  return defined({
    color: choicesParam(search.color, ["memory", "disk", "network"] as const)?.[0],
    metric: textParam(search.metric),
    by: choicesParam(search.by, GROUPINGS)?.[0],
  });
}
