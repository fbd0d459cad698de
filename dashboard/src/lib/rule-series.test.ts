import { describe, expect, it } from "vitest";
import { concernsSeries, isAboutHub, leavesOf, valueUnit } from "./rule-series";

const cpu = {
  condition: {
    kind: "comparison",
    operand: { kind: "avg", metric: "system.cpu.utilization", window_s: 60 },
    op: ">",
    threshold: { value: 0.9, unit: "%" },
  },
};
const leaf = (labels: { key: string; match: string; values: string[] }[] = []) => ({
  metric: "m",
  labels,
  threshold: 1,
  op: ">",
});

describe("what a rule looks at", () => {
  it("is read with its threshold", () => {
    expect(leavesOf(cpu)).toEqual([{ metric: "system.cpu.utilization", labels: [], threshold: 0.9, op: ">" }]);
    expect(valueUnit(cpu)).toBe("%");
  });

  it("is found in each part of a rule", () => {
    const both = {
      condition: { kind: "and", conditions: [cpu.condition, { kind: "absent_metric", metric: { metric: "q" } }] },
    };
    expect(leavesOf(both).map(({ metric }) => metric)).toEqual(["system.cpu.utilization", "q"]);
    expect(leavesOf({ condition: { kind: "count", condition: cpu.condition } })).toHaveLength(1);
    expect(leavesOf({ condition: { kind: "absent_agent" } })).toEqual([]);
    expect(leavesOf({})).toEqual([]);
  });

  it("is the hub where all of its metrics are the hub's", () => {
    const own = { ...cpu.condition, operand: { kind: "last", metric: "opsentrix.hub.disk.free" } };
    expect(isAboutHub({ condition: own })).toBe(true);
    expect(isAboutHub({ condition: { kind: "or", conditions: [own, cpu.condition] } })).toBe(false);
    expect(isAboutHub({ condition: { kind: "absent_agent" } })).toBe(false);
  });

  it.each([
    { kind: "rate", metric: "m", window_s: 60 },
    { kind: "last", metric: "m", per: { metric: "n" } },
    { kind: "change", operand: { kind: "last", metric: "m" }, period_s: 60 },
  ])("has no threshold to draw where %j is compared", (operand) => {
    const rule = {
      condition: { kind: "comparison", operand, op: ">", threshold: { value: 2, unit: "B", per_second: true } },
    };
    expect(leavesOf(rule)).toEqual([{ metric: "m", labels: [], threshold: null, op: ">" }]);
    expect(valueUnit(rule)).toBe("By/s");
  });
});

describe("the series that an alert is about", () => {
  it("agree with the labels of the rule and of the alert", () => {
    expect(concernsSeries(leaf(), { cpu: "0" }, { cpu: "0", state: "user" })).toBe(true);
    expect(concernsSeries(leaf(), { cpu: "0" }, { cpu: "1", state: "user" })).toBe(false);
    expect(concernsSeries(leaf([{ key: "device", match: "~", values: ["sd?"] }]), {}, { device: "sda" })).toBe(true);
    expect(concernsSeries(leaf([{ key: "device", match: "~", values: ["sd?"] }]), {}, { device: "sda1" })).toBe(false);
    expect(concernsSeries(leaf([{ key: "device", match: "!=", values: ["sda"] }]), {}, { device: "sda" })).toBe(false);
  });

  it("leave out what is idle unless the rule asks for it", () => {
    expect(concernsSeries(leaf(), {}, { state: "idle" })).toBe(false);
    expect(concernsSeries(leaf([{ key: "state", match: "=", values: ["idle"] }]), {}, { state: "idle" })).toBe(true);
  });
});
