// The pages that can be shared, and what stands in their addresses.

import { t } from "@lingui/core/macro";
import { defaultParseSearch, defaultStringifySearch } from "@tanstack/react-router";
import { type DashboardSearch, parseDashboardSearch } from "./dashboard-search";
import type { DashboardSpec } from "./dashboard-spec";
import { type ExploreSearch, parseExploreSearch, readQueries } from "./explore-search";
import { type HomeSearch, parseHomeSearch } from "./home-search";
import { KIOSK_PARAM } from "./kiosk";

/** A page as it stands in an address, each with its own search. */
export type Place =
  | { name: "home"; search: HomeSearch }
  | { name: "explore"; search: ExploreSearch }
  | { name: "dashboard"; id: number; spec: DashboardSpec; search: DashboardSearch };

/** What the hub tells of a place: which page, and what stood in its address. */
export interface SharedPlace {
  place: Place["name"];
  /** Which one, of dashboards that are still there. */
  dashboard: number | null;
  search: string;
}

export const PLACE_WORDS = { home: t`Home`, explore: t`Explore`, dashboard: t`Dashboard` } as const;

/** What stands behind the question mark of a place's address. */
export function searchText({ search }: Place): string {
  return defaultStringifySearch(search).replace(/^\?/, "");
}

/** The metrics that a place asks for by name. */
export function metricsOf(place: Place): string[] {
  if (place.name === "home") return place.search.metric === undefined ? [] : [place.search.metric];
  if (place.name === "explore") return [...new Set(readQueries(place.search).map(({ metric }) => metric))];
  const asked = place.spec.panels.flatMap((panel) => {
    if ("queries" in panel) return panel.queries.map(({ metric }) => metric);
    return panel.kind === "map" ? [panel.metric] : [];
  });
  return [...new Set(asked.filter((metric) => metric !== ""))];
}

/** Whether a place shows what is wrong now. */
export function tellsIncidents(place: Place): boolean {
  if (place.name === "dashboard") return place.spec.panels.some(({ kind }) => kind === "incidents");
  return place.name === "home";
}

/** The address of a shared page, below that of the dashboard. */
export function pathOf({ place, dashboard }: SharedPlace): string {
  return { home: "/", explore: "/explore", dashboard: `/dashboards/${dashboard}` }[place];
}

const KIOSK = { [KIOSK_PARAM]: 1 } as const;

/**
 * Where a shared page is, for a screen that nobody touches or for somebody. Its search is read as the page itself reads
 * an untrusted one: what makes no sense there is left out.
 */
export function linkTo({ place, dashboard, search }: SharedPlace, kiosk: boolean) {
  const read: Record<string, unknown> = defaultParseSearch(`?${search}`);
  const also = kiosk ? KIOSK : {};
  if (place === "home") return { to: "/", search: { ...parseHomeSearch(read), ...also } } as const;
  if (place === "explore") return { to: "/explore", search: { ...parseExploreSearch(read), ...also } } as const;
  const { edit: _, ...shown } = parseDashboardSearch(read);
  const params = { dashboardId: String(dashboard) };
  return { to: "/dashboards/$dashboardId", params, search: { ...shown, ...also } } as const;
}
