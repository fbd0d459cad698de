import { describe, expect, it } from "vitest";
import type { DashboardSpec } from "./dashboard-spec";
import { EMPTY_QUERY, writeQueries } from "./explore-search";
import { linkTo, metricsOf, type Place, pathOf, searchText, tellsIncidents } from "./shared-place";

const EXPLORED: Place = {
  name: "explore",
  search: writeQueries({ range: "1h" }, [
    { ...EMPTY_QUERY, metric: "system.disk.io", by: ["agent", "label:device"], solo: '["1","sda"]' },
    { ...EMPTY_QUERY, metric: "system.cpu.utilization", tags: ["eu"], rank: { order: "top", count: 5 } },
    { ...EMPTY_QUERY, metric: "system.disk.io" },
  ]),
};

const GRID = { x: 0, y: 0, w: 4, h: 4 };
const QUERY = { metric: "load", labels: {}, agent: [], environment: [], type: [], tag: [], by: [], compare: 0 };
const SPEC = {
  schema_version: 1,
  range: "1h",
  variables: [],
  panels: [
    { id: 1, kind: "table", title: "", grid: GRID, queries: [{ ...QUERY, agg: "avg", across: "avg" }] },
    { id: 2, kind: "map", title: "", grid: GRID, color: "cpu", metric: "disk", environment: [], type: [], tag: [] },
    { id: 3, kind: "map", title: "", grid: GRID, color: "cpu", metric: "", environment: [], type: [], tag: [] },
  ],
} as unknown as DashboardSpec;
const WALL: Place = { name: "dashboard", id: 7, spec: SPEC, search: { range: "6h", "var-env": "prod" } };

/** What comes back of a place that was shared. */
const back = (place: Place) => {
  const dashboard = place.name === "dashboard" ? place.id : null;
  return linkTo({ place: place.name, dashboard, search: searchText(place) }, false);
};

describe("a place that is shared", () => {
  it.each([
    { name: "home", search: {} } as const,
    { name: "home", search: { metric: "123", by: "tag" } } as const,
    EXPLORED,
    WALL,
  ])("comes back as it was: $name", (place) => expect(back(place).search).toEqual(place.search));

  it("is found where it is", () => {
    expect(back(WALL)).toMatchObject({ to: "/dashboards/$dashboardId", params: { dashboardId: "7" } });
    expect(pathOf({ place: "dashboard", dashboard: 7, search: "" })).toBe("/dashboards/7");
    expect(linkTo({ place: "explore", dashboard: null, search: "" }, true)).toEqual({
      to: "/explore",
      search: { kiosk: 1 },
    });
  });

  it("is told in signs that need no escape", () => expect(searchText(EXPLORED)).toMatch(/^[\x21-\x7e]*$/));

  it("names its metrics once", () => {
    expect(metricsOf(EXPLORED)).toEqual(["system.disk.io", "system.cpu.utilization"]);
    expect(metricsOf({ name: "home", search: { metric: "load" } })).toEqual(["load"]);
    expect(metricsOf({ name: "home", search: { color: "disk" } })).toEqual([]);
    expect(metricsOf(WALL)).toEqual(["load", "disk"]);
    expect([EXPLORED, WALL, { name: "home", search: {} } as const].map(tellsIncidents)).toEqual([false, false, true]);
  });

  it("leaves out what would lead elsewhere", () => {
    const search = "status=offline&redirect=//evil&color=memory&edit=true";
    expect(linkTo({ place: "home", dashboard: null, search }, false).search).toEqual({ color: "memory" });
    expect(linkTo({ place: "dashboard", dashboard: 7, search }, false).search).toEqual({});
  });
});
