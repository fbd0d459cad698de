// What the address of a dashboard means.
import { type DashboardSearch, PARAMETER } from "./dashboard-search";
import type { Chosen } from "./panel-query";
import { isLive, type PresetName, type RangeSearch, rangeOf } from "./range";

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
export function timeOf(search: DashboardSearch, usual: PresetName): RangeSearch {
  const time = rangeOf(search);
  return isLive(time) ? { range: time.range ?? usual } : time;
}
