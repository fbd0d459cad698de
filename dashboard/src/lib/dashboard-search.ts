// Every page's first script holds this file: what only dashboards need is in dashboard-choices.ts.
import { parseRange, type RangeSearch } from "./range";
import { textParam } from "./search-params";

/** What the URL of a dashboard holds: the time, what its variables chose, and whether it is being changed. */
export type DashboardSearch = RangeSearch & { edit?: true } & { [Name in `var-${string}`]?: string };

export interface DashboardsSearch {
  q?: string;
}

/** As many as a dashboard may have. */
export const MAX_VARIABLES = 8;
/** The parameter of a variable. */
export const PARAMETER = /^var-([a-z][a-z0-9_]{0,31})$/;

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseDashboardSearch(search: Record<string, unknown>): DashboardSearch {
  const chosen = Object.entries(search)
    .flatMap(([key, value]) => {
      const text = PARAMETER.test(key) ? textParam(value) : undefined;
      return text === undefined ? [] : [[key, text] as const];
    })
    .slice(0, MAX_VARIABLES);
  const editing = search.edit === true || search.edit === "true" || search.edit === 1;
  return { ...parseRange(search), ...(editing && { edit: true as const }), ...Object.fromEntries(chosen) };
}

/** Reads the URL of the list of dashboards. */
export function parseDashboardsSearch(search: Record<string, unknown>): DashboardsSearch {
  const q = textParam(search.q);
  return q === undefined ? {} : { q };
}
