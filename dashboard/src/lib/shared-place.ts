// The pages that can be shared, and what stands in their addresses.
import { defaultParseSearch, defaultStringifySearch } from "@tanstack/react-router";
import { type ExploreSearch, parseExploreSearch, readQueries } from "./explore-search";
import { type HomeSearch, parseHomeSearch } from "./home-search";

/** A page as it stands in an address, each with its own search. */
export type Place = { name: "home"; search: HomeSearch } | { name: "explore"; search: ExploreSearch };

export const PLACE_PATHS = { home: "/", explore: "/explore" } as const;
export const PLACE_WORDS = { home: "Home", explore: "Explore" } as const;

/** What stands behind the question mark of a place's address. */
export function searchText({ search }: Place): string {
  return defaultStringifySearch(search).replace(/^\?/, "");
}

/** Reads an untrusted address as the page itself would: what makes no sense there is left out. */
export function placeAt(name: Place["name"], text: string): Place {
  const search: Record<string, unknown> = defaultParseSearch(`?${text}`);
  return name === "home" ? { name, search: parseHomeSearch(search) } : { name, search: parseExploreSearch(search) };
}

/** The metrics that a place asks for by name. */
export function metricsOf(place: Place): string[] {
  if (place.name === "home") return place.search.metric === undefined ? [] : [place.search.metric];
  return [...new Set(readQueries(place.search).map(({ metric }) => metric))];
}

const KIOSK = { kiosk: 1 } as const;

/** Where a shared page is, for a screen that nobody touches or for somebody. */
export function linkTo({ place, search }: { place: Place["name"]; search: string }, kiosk: boolean) {
  const read = placeAt(place, search);
  const also = kiosk ? KIOSK : {};
  return read.name === "home"
    ? { to: PLACE_PATHS.home, search: { ...read.search, ...also } }
    : { to: PLACE_PATHS.explore, search: { ...read.search, ...also } };
}
