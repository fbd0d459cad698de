import { describe, expect, it } from "vitest";
import { describeAmount, describeRule, describeValue, type RuleForm, thresholdOf } from "./rule-words";

const cpu: RuleForm = {
  condition: {
    kind: "comparison",
    operand: { kind: "avg", metric: "system.cpu.utilization", window_s: 300 },
    op: ">",
    threshold: { value: 0.95, unit: "%" },
  },
  for_s: 600,
  clear: { op: "<", threshold: { value: 0.85, unit: "%" } },
  keep_s: 60,
  selector: [
    { key: "type", match: "=", values: ["web"] },
    { key: "environment", match: "in", values: ["eu", "us"] },
    { key: "tag", match: "!=", values: ["old"] },
  ],
};

describe("describeRule", () => {
  it("says when it alerts, when that ends, and about whom", () => {
    expect(describeRule(cpu)).toEqual([
      "Alerts when the mean of system.cpu.utilization over 5 min is above 95 %, and stays so for 10 min.",
      "Ends when it is below 85 % and was so for 1 min.",
      "About agents whose type is web, environment is eu or us and tag is not old.",
    ]);
  });

  it("knows absences, shares, changes, forecasts, percentiles and counts", () => {
    const first = (condition: RuleForm["condition"]) => describeRule({ condition })[0];
    expect(first({ kind: "absent_agent" })).toBe("Alerts when nothing comes from the agent.");
    expect(first({ kind: "absent_metric", metric: { metric: "a.b" } })).toBe("Alerts when the agent sends no a.b.");
    const above = (operand: object) =>
      ({ kind: "comparison", operand, op: ">=", threshold: { value: 1 } }) as RuleForm["condition"];
    expect(
      first(
        above({ kind: "last", metric: "a", labels: [{ key: "k", match: "~", values: ["x*"] }], per: { metric: "b" } }),
      ),
    ).toBe("Alerts when a (where k is like x*) as a share of b is at least 1.");
    expect(
      first(above({ kind: "change", operand: { kind: "max", metric: "a", window_s: 60 }, period_s: 86_400 })),
    ).toBe("Alerts when the change of the highest a over 1 min within 1 d is at least 1.");
    expect(first(above({ kind: "forecast", metric: "a", window_s: 3600, horizon_s: 86_400 }))).toBe(
      "Alerts when a, as forecast for 1 d ahead from the last 1 h, is at least 1.",
    );
    expect(first(above({ kind: "p93", metric: "a", window_s: 60 }))).toContain("the 93rd percentile of a over 1 min");
    const both = { kind: "and", conditions: [above({ kind: "last", metric: "a" }), { kind: "absent_agent" }] };
    expect(
      first({ kind: "count", condition: both, op: ">=", threshold: { agents: 3, of: 10 } } as RuleForm["condition"]),
    ).toBe(
      "Alerts when the number of agents on which (a is at least 1 and nothing comes from the agent) is at least 3 of every 10 agents.",
    );
  });
});

it("writes amounts in their largest whole unit", () => {
  const texts = [
    { value: 0.1 + 0.2, unit: "%" },
    { value: 0.05, unit: "s" },
    { value: -0.5, unit: "s" },
    { value: 7200, unit: "s" },
    { value: 2 ** 30, unit: "B" },
    { value: 10_000_000, unit: "B", per_second: true },
    { value: 1.5 },
  ].map(describeAmount);
  expect(texts).toEqual(["30 %", "50 ms", "-500 ms", "2 h", "1 GiB", "10 MB/s", "1.5"]);
});

it("finds the threshold of a rule of one comparison", () => {
  expect(thresholdOf(cpu)).toEqual({ value: 0.95, unit: "%" });
  const many: RuleForm = {
    condition: { kind: "or", conditions: [cpu.condition, { kind: "absent_metric", metric: { metric: "x" } }] },
  };
  expect(thresholdOf(many)).toBeNull();
});

it("writes what was measured in the unit of the threshold", () => {
  expect(describeValue(0.95123, { unit: "%" })).toBe("95.1 %");
  expect(describeValue(5_000_000, { unit: "B", per_second: true })).toBe("4.77 MiB/s");
  expect(describeValue(0.0512, { unit: "s" })).toBe("51.2 ms");
  expect(describeValue(1234, {})).toBe("1.23k");
});
