import { describe, expect, it } from "vitest";
import { conditionsOf, moved, weekdaysText, words } from "./routing";

describe("weekdaysText", () => {
  it.each([
    [[1, 2, 3, 4, 5], "Mon–Fri"],
    [[5, 1, 3], "Mon, Wed, Fri"],
    [[6, 7], "Sat, Sun"],
    [[7, 6, 5, 4, 3, 2, 1], "every day"],
  ])("%j is %s", (days, text) => {
    expect(weekdaysText(days)).toBe(text);
  });
});

describe("conditionsOf", () => {
  const none = { severities: [], environments: [], tags: [], labels: {}, hours: null };
  it("is empty for a route that takes everything", () => {
    expect(conditionsOf(none)).toEqual([]);
  });
  it("names each condition", () => {
    const hours = { time_zone: "UTC", weekdays: [1, 2, 3, 4, 5, 6, 7], begins: "22:00", ends: "06:00" };
    expect(
      conditionsOf({ severities: ["critical"], environments: ["a", "b"], tags: ["t"], labels: { disk: "sd*" }, hours }),
    ).toEqual(["critical", "environment a or b", "tag t", "disk=sd*", "every day 22:00–06:00 UTC"]);
  });
});

describe("moved", () => {
  it("swaps with the neighbour, and stays at the ends", () => {
    expect(moved([1, 2, 3], 2, -1)).toEqual([1, 3, 2]);
    expect(moved([1, 2, 3], 0, 1)).toEqual([2, 1, 3]);
    expect(moved([1, 2, 3], 0, -1)).toEqual([1, 2, 3]);
    expect(moved([1, 2, 3], 2, 1)).toEqual([1, 2, 3]);
  });
});

describe("words", () => {
  it("splits at commas and drops what is empty or doubled", () => {
    expect(words(" a, b,,a ")).toEqual(["a", "b"]);
  });
});
