import { type FleetSearch, parseFleetSearch } from "./fleet-view";

/** Filters of the list of agents that somebody kept under a name. */
export interface SavedFilter {
  name: string;
  search: FleetSearch;
}

export const MOST_FILTERS = 30;
export const LONGEST_NAME = 60;

/** Reads what the browser kept; what makes no sense is left out. */
export function parseFilters(text: string | null): SavedFilter[] {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "[]");
  } catch {
    // Somebody else wrote there; it is no filter.
    return [];
  }
  if (!Array.isArray(kept)) return [];
  return kept
    .flatMap((one: unknown) => {
      const { name, search } = Object(one) as { name?: unknown; search?: unknown };
      if (typeof name !== "string" || name.trim() === "") return [];
      return [
        { name: name.slice(0, LONGEST_NAME), search: parseFleetSearch(Object(search) as Record<string, unknown>) },
      ];
    })
    .slice(0, MOST_FILTERS);
}

/** With another one; it takes the place of one of the same name. */
export function withFilter(filters: readonly SavedFilter[], added: SavedFilter): SavedFilter[] {
  const others = filters.filter(({ name }) => name !== added.name);
  return [...others, added].sort((one, other) => one.name.localeCompare(other.name)).slice(0, MOST_FILTERS);
}

function normal(search: FleetSearch): string {
  const said = Object.entries(search).filter(([, value]) => value !== undefined);
  return JSON.stringify(said.sort(([one], [other]) => one.localeCompare(other)));
}

/** The one that is shown now. */
export function currentFilter(filters: readonly SavedFilter[], search: FleetSearch): SavedFilter | undefined {
  const wanted = normal(search);
  return filters.find((one) => normal(one.search) === wanted);
}
