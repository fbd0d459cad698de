import { keep, readKept } from "@/lib/kept";
import { parseFilters, type SavedFilter } from "@/lib/saved-filters";
import { Signal } from "@/lib/signal";

// How somebody likes the list of agents; it belongs to the person and stays in the browser.
const FILTERS_KEY = "opsentrix.agents.filters";
const CARDS_KEY = "opsentrix.agents.cards";

export const savedFilters = new Signal<readonly SavedFilter[]>(parseFilters(readKept(FILTERS_KEY) ?? null));

export function keepFilters(filters: readonly SavedFilter[]): void {
  savedFilters.set(filters);
  keep(FILTERS_KEY, JSON.stringify(filters));
}

/** Whether agents are shown as cards where there is room for a table. */
export const asCards = new Signal<boolean>(readKept(CARDS_KEY) === "1");

export function chooseCards(cards: boolean): void {
  asCards.set(cards);
  keep(CARDS_KEY, cards ? "1" : "0");
}
