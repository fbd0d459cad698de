import { describe, expect, it } from "vitest";
import { chosenIn, timeOf, withChoice } from "./dashboard-choices";
import { parseDashboardSearch } from "./dashboard-search";

describe("the address of a dashboard", () => {
  it("holds time, choices and whether it is being changed, and nothing else", () => {
    const search = parseDashboardSearch({
      ...{ range: "6h", edit: true, "var-env": "prod", "var-host": 12, other: "x" },
      ...{ "var-": "x", "var-ENV": "x", "var-a-b": "x", "var-empty": "", "var-__proto__": "x" },
    });
    expect(search).toEqual({ range: "6h", edit: true, "var-env": "prod", "var-host": "12" });
    expect(chosenIn(search)).toEqual({ env: "prod", host: "12" });
  });

  it("is bounded, whatever somebody wrote there", () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`var-v${at}`, "x".repeat(5000)]));
    const chosen = chosenIn(parseDashboardSearch({ ...many, edit: "no", range: "9y", from: "1", to: "0" }));
    expect(Object.keys(chosen)).toHaveLength(8);
    expect(chosen.v0).toHaveLength(256);
    expect(parseDashboardSearch({ edit: "no", range: "9y" })).toEqual({});
  });

  it("changes one choice and leaves the rest", () => {
    const search = parseDashboardSearch({ range: "1h", "var-env": "prod", "var-tag": "web" });
    expect(withChoice(search, "env", "lab")).toEqual({ range: "1h", "var-env": "lab", "var-tag": "web" });
    expect(withChoice(search, "env", undefined)).toEqual({ range: "1h", "var-tag": "web" });
  });

  it("shows the dashboard's own time until another is chosen", () => {
    expect(timeOf({}, "6h")).toEqual({ range: "6h" });
    expect(timeOf({ range: "5m", "var-env": "x" }, "6h")).toEqual({ range: "5m" });
    expect(timeOf({ from: 100, to: 200 }, "6h")).toEqual({ from: 100, to: 200 });
  });
});
