import { parseFilters, type SavedFilter } from "@/lib/saved-filters";
import { Signal } from "@/lib/signal";

// How somebody likes the list of agents; it belongs to the person and stays in the browser.
const FILTERS_KEY = "opsentrix.agents.filters";
const CARDS_KEY = "opsentrix.agents.cards";

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // Storage may be forbidden; choices then last as long as the page.
    return null;
  }
}

function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Storage may be forbidden; choices then last as long as the page.
  }
}

export const savedFilters = new Signal<readonly SavedFilter[]>(parseFilters(read(FILTERS_KEY)));

export function keepFilters(filters: readonly SavedFilter[]): void {
  savedFilters.set(filters);
  write(FILTERS_KEY, JSON.stringify(filters));
}

/** Whether agents are shown as cards where there is room for a table. */
export const asCards = new Signal<boolean>(read(CARDS_KEY) === "1");

export function chooseCards(cards: boolean): void {
  asCards.set(cards);
  write(CARDS_KEY, cards ? "1" : "0");
}
