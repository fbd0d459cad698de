import type { Chosen } from "./panel-query";
import { isLive, type PresetName, parseRange, type RangeSearch } from "./range";
import { textParam } from "./search-params";

/** What the URL of a dashboard holds: the time, what its variables chose, and whether it is being changed. */
export type DashboardSearch = RangeSearch & { edit?: true } & { [Name in `var-${string}`]?: string };

export interface DashboardsSearch {
  q?: string;
}

/** As many as a dashboard may have; every page's first script holds this file, so it stands here. */
export const MAX_VARIABLES = 8;
const PARAMETER = /^var-([a-z][a-z0-9_]{0,31})$/;

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

/** What the variables chose. */
export function chosenIn(search: DashboardSearch): Chosen {
  return Object.fromEntries(
    Object.entries(search).flatMap(([key, value]) => {
      const name = PARAMETER.exec(key)?.[1];
      return name === undefined || typeof value !== "string" ? [] : [[name, value] as const];
    }),
  );
}

/** The search with another choice of a variable; undefined for all. */
export function withChoice(search: DashboardSearch, name: string, value: string | undefined): DashboardSearch {
  const { [`var-${name}` as const]: _, ...others } = search;
  return value === undefined ? others : { ...others, [`var-${name}`]: value };
}

/** The time to show: that of the address, else that which the dashboard begins with. */
export function timeOf({ range, from, to }: DashboardSearch, usual: PresetName): RangeSearch {
  const time = { ...(range && { range }), ...(from !== undefined && to !== undefined && { from, to }) };
  return isLive(time) ? { range: range ?? usual } : time;
}

/** Reads the URL of the list of dashboards. */
export function parseDashboardsSearch(search: Record<string, unknown>): DashboardsSearch {
  const q = textParam(search.q);
  return q === undefined ? {} : { q };
}
