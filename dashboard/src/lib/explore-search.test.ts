import { describe, expect, it } from "vitest";
import { EMPTY_QUERY, type ExploreQuery, parseExploreSearch, readQueries, writeQueries } from "./explore-search";

const FULL: ExploreQuery = {
  metric: "system.disk.io",
  labels: { direction: "read", device: "sda=1" },
  agents: [3, 12],
  environments: ["production"],
  types: ["server"],
  tags: ["web", "team:a/b=c"],
  agg: "max",
  across: "p95",
  by: ["agent", "label:device"],
  rank: { order: "bottom", count: 7 },
  compare: 86_400,
  hidden: true,
  solo: '["3","sda"]',
};

describe("what the address of Explore holds", () => {
  it("comes back as it was written, each query under its letter", () => {
    const search = writeQueries({ range: "1h" }, [FULL, { ...EMPTY_QUERY, metric: "system.load" }]);
    expect(search).toMatchObject({ range: "1h", "a.bottom": 7, "b.metric": "system.load" });
    expect(Object.keys(search).filter((key) => key.startsWith("b."))).toEqual(["b.metric"]);
    expect(readQueries(search)).toEqual([FULL, { ...EMPTY_QUERY, metric: "system.load" }]);
    expect(parseExploreSearch({ ...search })).toEqual(search);
  });

  it("moves up when a letter before it has no metric", () => {
    expect(parseExploreSearch({ "a.by": "agent", "c.metric": "x", "c.top": "3" })).toEqual({
      "a.metric": "x",
      "a.top": 3,
    });
  });

  it("reads what the router took for numbers", () => {
    expect(readQueries({ "a.metric": 5, "a.agent": 12, "a.solo": 7 })[0]).toMatchObject({
      metric: "5",
      agents: [12],
      solo: "7",
    });
  });

  it.each([
    ["an aggregation that there is not", { agg: "median", across: "rate" }, EMPTY_QUERY],
    ["numbers out of bounds", { top: 51, bottom: 0, compare: 59 }, EMPTY_QUERY],
    ["numbers that are none", { top: "many", compare: "1e99", agent: "1e3,-1,0,x,1.5" }, EMPTY_QUERY],
    ["groups that there are not", { by: "colour,label:,label:a b,label:9" }, EMPTY_QUERY],
    ["names that none can be", { tag: "<script>,a b", environment: ",,", type: "x".repeat(65) }, EMPTY_QUERY],
    ["labels without a name", { labels: "=x,nothing,," }, EMPTY_QUERY],
    ["objects", { labels: {}, agent: {}, by: [], tag: {}, agg: [] }, EMPTY_QUERY],
  ])("leaves out %s", (_, fields, expected) => {
    const given = Object.fromEntries(Object.entries(fields).map(([key, value]) => [`a.${key}`, value]));
    expect(readQueries({ "a.metric": "m", ...given })).toEqual([{ ...expected, metric: "m" }]);
  });

  it("has limits", () => {
    const many = Array.from({ length: 1000 }, (_, at) => at + 1).join(",");
    const [query] = readQueries({
      "a.metric": "m".repeat(5000),
      "a.agent": many,
      "a.tag": many,
      "a.by": Array.from({ length: 20 }, (_, at) => `label:k${at}`).join(","),
      "a.labels": `k=${"v".repeat(5000)}`,
      "a.solo": "s".repeat(5000),
    });
    expect(query?.metric).toHaveLength(256);
    expect(query?.agents).toHaveLength(50);
    expect(query?.tags).toHaveLength(50);
    expect(query?.by).toHaveLength(5);
    expect(query?.labels.k?.length).toBeLessThan(1025);
    expect(query?.solo).toHaveLength(1024);
    expect(readQueries({ "a.metric": "m", "a.top": 3, "a.bottom": 4 })[0]?.rank).toEqual({ order: "top", count: 3 });
  });

  it("takes no name of a label for a part of the language", () => {
    const [query] = readQueries({ "a.metric": "m", "a.labels": "__proto__=x" });
    expect(Object.getPrototypeOf(query?.labels)).toBe(Object.prototype);
    expect(Object.keys(query?.labels ?? {})).toEqual(["__proto__"]);
  });
});
