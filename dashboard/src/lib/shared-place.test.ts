import { describe, expect, it } from "vitest";
import { EMPTY_QUERY, writeQueries } from "./explore-search";
import { metricsOf, type Place, placeAt, searchText } from "./shared-place";

const EXPLORED: Place = {
  name: "explore",
  search: writeQueries({ range: "1h" }, [
    { ...EMPTY_QUERY, metric: "system.disk.io", by: ["agent", "label:device"], solo: '["1","sda"]' },
    { ...EMPTY_QUERY, metric: "system.cpu.utilization", tags: ["eu"], rank: { order: "top", count: 5 } },
    { ...EMPTY_QUERY, metric: "system.disk.io" },
  ]),
};

describe("a place that is shared", () => {
  it.each([
    { name: "home", search: {} } as const,
    { name: "home", search: { metric: "123", by: "tag" } } as const,
    EXPLORED,
  ])("comes back as it was: $name", (place) => expect(placeAt(place.name, searchText(place))).toEqual(place));

  it("is told in signs that need no escape", () => expect(searchText(EXPLORED)).toMatch(/^[\x21-\x7e]*$/));

  it("names its metrics once", () => {
    expect(metricsOf(EXPLORED)).toEqual(["system.disk.io", "system.cpu.utilization"]);
    expect(metricsOf({ name: "home", search: { metric: "load" } })).toEqual(["load"]);
    expect(metricsOf({ name: "home", search: { color: "disk" } })).toEqual([]);
  });

  it("leaves out what would lead elsewhere", () =>
    expect(placeAt("home", "status=offline&redirect=//evil&color=memory")).toEqual({
      name: "home",
      search: { color: "memory" },
    }));
});
