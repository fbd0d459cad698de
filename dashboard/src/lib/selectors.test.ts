import { describe, expect, it } from "vitest";
import { globMatches } from "./globs";
import { covers } from "./selectors";

describe("globMatches", () => {
  it.each([
    ["*", "", true],
    ["web-*", "web-01", true],
    ["web-?", "web-01", false],
    ["*b*1", "web-01", true],
    ["disk", "Disk", false],
    ["a*b", "acbc", false],
    ["**", "x", true],
  ])("%s on %s: %s", (pattern, text, expected) => {
    expect(globMatches(pattern, text)).toBe(expected);
  });
});

describe("covers", () => {
  const agent = { name: "web-01", type: "web", environment: "production", tags: ["eu", "shop"] };

  it("covers everything without demands", () => expect(covers([], agent)).toBe(true));

  it.each([
    [{ key: "type", match: "=", values: ["web"] }, true],
    [{ key: "environment", match: "!=", values: ["production"] }, false],
    [{ key: "tag", match: "in", values: ["us", "shop"] }, true],
    [{ key: "tag", match: "!=", values: ["us"] }, true],
    [{ key: "agent", match: "~", values: ["web-*"] }, true],
    [{ key: "rack", match: "=", values: ["web"] }, false],
  ] as const)("%o: %s", (demand, expected) => {
    expect(covers([{ ...demand, values: [...demand.values] }], agent)).toBe(expected);
  });

  it("demands all of them", () => {
    const demands = [
      { key: "type", match: "=" as const, values: ["web"] },
      { key: "tag", match: "=" as const, values: ["us"] },
    ];
    expect(covers(demands, agent)).toBe(false);
  });
});
