import { describe, expect, it } from "vitest";
import { groupAgents, groupTitle } from "./fleet-groups";
import { cellAfter, cellAt, heatLayout } from "./heat-layout";
import { type HeatCell, heatScale, heatShare, resourceValue, worstCells } from "./heat-scale";
import { parseHomeSearch } from "./home-search";

const summary = { cpu: 0.5, memory: null, disk: 0.1, network_receive: 3, network_transmit: null };

describe("what the address of the home page holds", () => {
  it("keeps what makes sense and drops the rest", () => {
    expect(parseHomeSearch({ color: "disk", metric: "system.load.1m", by: "tag", x: 1 })).toEqual({
      color: "disk",
      metric: "system.load.1m",
      by: "tag",
    });
    expect(parseHomeSearch({ color: "cpu", metric: "", by: "name" })).toEqual({});
    expect(parseHomeSearch({ metric: "m".repeat(999) }).metric).toHaveLength(256);
  });
});

describe("groups of agents", () => {
  const agents = [
    { id: 1, type: "host", environment: "", tags: [] },
    { id: 2, type: "host", environment: "prod10", tags: ["web", "db"] },
    { id: 3, type: "vm", environment: "prod9", tags: ["db"] },
  ];
  const ids = (by: "environment" | "tag") =>
    groupAgents(agents, by).map((one) => [one.name, one.agents.map((a) => a.id)]);

  it("go by name, those without any last", () => {
    expect(ids("environment")).toEqual([
      ["prod9", [3]],
      ["prod10", [2]],
      ["", [1]],
    ]);
    expect(groupTitle("", "environment")).toBe("No environment");
  });

  it("hold an agent once for each of its tags", () => {
    expect(ids("tag")).toEqual([
      ["db", [2, 3]],
      ["web", [2]],
      ["", [1]],
    ]);
  });
});

describe("what a cell shows", () => {
  it("is what is used now, and nothing of who is away", () => {
    expect(resourceValue({ status: "online", summary }, "cpu")).toBe(0.5);
    expect(resourceValue({ status: "online", summary }, "memory")).toBeNull();
    expect(resourceValue({ status: "online", summary }, "network")).toBe(3);
    expect(resourceValue({ status: "offline", summary }, "cpu")).toBeNull();
  });

  it("lies on a scale that shares fill, and other units stretch", () => {
    expect(heatScale([0.2, null], "%")).toEqual({ from: 0, to: 1, unit: "%" });
    expect(heatScale([5, null, 40], "By/s")).toEqual({ from: 0, to: 40, unit: "By/s" });
    expect(heatScale([-5, 5], "Cel")).toEqual({ from: -5, to: 5, unit: "Cel" });
    expect(heatShare(0, heatScale([0], "1"))).toBe(0);
    expect(heatShare(7, { from: 0, to: 5, unit: "1" })).toBe(1);
  });

  it("is told worst first: away, then alerting, then hottest", () => {
    const cell = (id: number, value: number | null, state: HeatCell["state"], marked = false) =>
      ({ id, name: `${id}`, value, state, marked }) satisfies HeatCell;
    const cells = [
      cell(1, 0.1, "value"),
      cell(2, 0.9, "value"),
      cell(3, 0, "value", true),
      cell(4, null, "away"),
      cell(5, null, "unknown"),
    ];
    expect(worstCells(cells, 4).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  });

  it("leave half the places to others where many are away", () => {
    const away = [1, 2, 3, 4, 5].map((id) => ({ id, name: "", value: null, state: "away" as const, marked: false }));
    const there = [6, 7, 8].map((id) => ({ id, name: "", value: id, state: "value" as const, marked: false }));
    const ids = (cells: HeatCell[], count: number) => worstCells(cells, count).map(({ id }) => id);
    expect(ids([...away, ...there], 4)).toEqual([1, 2, 8, 7]);
    expect(ids([...away, ...there.slice(0, 1)], 4)).toEqual([1, 2, 3, 6]);
    expect(ids(away, 4)).toEqual([1, 2, 3, 4]);
  });
});

describe("the places of cells", () => {
  it("are as large as there is room for", () => {
    expect(heatLayout([3], 1000, 300, false).size.width).toBe(152);
    expect(heatLayout([400], 1000, 300, false).size.width).toBe(26);
    const many = heatLayout([10_000], 360, 300, false);
    expect([many.size.width, many.height]).toEqual([9, 250 * 9]);
  });

  it("put groups beside each other while they fit, and each cell in one place", () => {
    const layout = heatLayout([2, 3, 200], 480, 200, true);
    expect(layout.groups.map(({ top }) => top === 0)).toEqual([true, true, false]);
    expect(layout.groups.every(({ left, width }) => left + width <= 480)).toBe(true);
    const places = new Set([...layout.lefts].map((left, cell) => `${left} ${layout.tops[cell]}`));
    expect(places.size).toBe(205);
  });

  it("are found by a point and left by keys", () => {
    const layout = heatLayout([10], 46 * 4, 150, false);
    expect(layout.size.width).toBe(46);
    expect(cellAt(layout, 50, 50)).toBe(5);
    expect(cellAt(layout, 183, 100)).toBeNull();
    const go = (cell: number, key: string) => cellAfter(layout, cell, key);
    expect([go(0, "ArrowLeft"), go(3, "ArrowRight"), go(9, "ArrowRight")]).toEqual([0, 4, 9]);
    expect([go(5, "ArrowUp"), go(7, "ArrowDown"), go(9, "ArrowDown")]).toEqual([1, 9, 9]);
    expect([go(5, "Home"), go(5, "End"), go(5, "x")]).toEqual([0, 9, null]);
  });
});
