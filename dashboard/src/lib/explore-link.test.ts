import { describe, expect, it } from "vitest";
import { queriesOfRule, queriesOfSeries } from "./explore-link";

const series = (metric: string, labels: Record<string, string>) => ({ metric, labels, unit: "1", kind: "gauge" });

describe("from a chart to Explore", () => {
  it("keeps what all series have in common and tells apart what differs", () => {
    const found = queriesOfSeries(
      [
        series("system.disk.io", { device: "sda", direction: "read" }),
        series("system.disk.io", { device: "sda", direction: "write" }),
        series("system.load", {}),
      ],
      7,
    );
    expect(found.map(({ metric, labels, by, agents }) => ({ metric, labels, by, agents }))).toEqual([
      { metric: "system.disk.io", labels: { device: "sda" }, by: ["label:direction"], agents: [7] },
      { metric: "system.load", labels: {}, by: [], agents: [7] },
    ]);
  });

  it("asks no more metrics than a page has room for", () => {
    expect(
      queriesOfSeries(
        ["a", "b", "c", "d", "e"].map((metric) => series(metric, {})),
        1,
      ),
    ).toHaveLength(4);
  });
});

describe("from a rule to Explore", () => {
  it("asks what is compared, each once, with the labels that are one value", () => {
    const leaf = {
      metric: "cpu",
      labels: [
        { key: "state", match: "=", values: ["user"] },
        { key: "cpu", match: "~", values: ["0*"] },
        { key: "host", match: "=", values: ["a", "b"] },
      ],
      threshold: 1,
      op: ">",
    };
    expect(queriesOfRule([leaf, { ...leaf, threshold: 2 }])).toMatchObject([
      { metric: "cpu", labels: { state: "user" }, by: ["agent"], rank: { order: "top", count: 10 } },
    ]);
  });
});
