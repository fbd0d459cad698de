import { describe, expect, it } from "vitest";
import { byUrgency, type ListedRule, matchesRule, parseRuleSearch } from "./rule-search";

const rule = (change: Partial<ListedRule> = {}): ListedRule => ({
  name: "Disk space low",
  expression: "system.filesystem.utilization > 90%",
  summary: "A filesystem is nearly full.",
  severity: "warning",
  enabled: true,
  firing: 0,
  pending: 0,
  ...change,
});

describe("parseRuleSearch", () => {
  it("keeps what makes sense", () => {
    expect(parseRuleSearch({ q: "disk", severity: ["critical", "x"], state: "off", group: "3" })).toEqual({
      q: "disk",
      severity: ["critical"],
      state: "off",
      group: 3,
    });
    expect(parseRuleSearch({ q: "", severity: "dire", state: 1, group: "-1" })).toEqual({});
    expect(parseRuleSearch({ severity: "info", view: "groups" })).toEqual({ severity: ["info"], view: "groups" });
  });
});

describe("matchesRule", () => {
  it("looks for every word in name, expression and summary", () => {
    expect(matchesRule(rule(), { q: "full FILESYSTEM.util" })).toBe(true);
    expect(matchesRule(rule(), { q: "full memory" })).toBe(false);
  });

  it("takes severity, state and group", () => {
    expect(matchesRule(rule(), { severity: ["critical"] })).toBe(false);
    expect(matchesRule(rule({ firing: 1 }), { state: "firing" })).toBe(true);
    expect(matchesRule(rule({ enabled: false }), { state: "on" })).toBe(false);
    expect(matchesRule({ ...rule(), group_id: 2 }, { group: 2 })).toBe(true);
    expect(matchesRule(rule(), { group: 2 })).toBe(false);
  });
});

it("puts what fires first, then what is worse", () => {
  const list = [rule({ name: "b" }), rule({ name: "a", severity: "critical" }), rule({ name: "c", firing: 2 })];
  expect(list.sort(byUrgency).map(({ name }) => name)).toEqual(["c", "a", "b"]);
});
