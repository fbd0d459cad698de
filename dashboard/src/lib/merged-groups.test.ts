import { describe, expect, it } from "vitest";
import { mergedGroups, queryOf } from "./merged-groups";

const line = (key: string) => ({ key, group: {}, times: [100, 110], values: [1, 2], before: null });
const answer = (unit: string, step: number, to: number, ...keys: string[]) => ({
  ...{ window: { from: to - 60, to }, unit, step, total: keys.length },
  lines: keys.map(line),
});

describe("the groups of several queries", () => {
  it("are drawn together, each known by its query", () => {
    const merged = mergedGroups([answer("By", 10, 100, "[]"), undefined, answer("By", 5, 101, "[]", "[1]")]);
    expect(merged?.lines.map((one) => [one.key, queryOf(one)])).toEqual([
      ["0 []", 0],
      ["2 []", 2],
      ["2 [1]", 2],
    ]);
    expect(merged).toMatchObject({ step: 5, total: 3, window: { from: 40, to: 101 }, undrawn: [] });
  });

  it("do not share an axis where their units differ", () => {
    const merged = mergedGroups([answer("1", 10, 100), answer("By", 10, 100, "a"), answer("s", 10, 100, "b")]);
    expect(merged?.unit).toBe("By");
    expect(merged?.lines.map(({ key }) => key)).toEqual(["1 a"]);
    expect(merged?.undrawn).toEqual([{ query: 2, unit: "s" }]);
  });

  it("are nothing yet while nothing is answered", () => {
    expect(mergedGroups([undefined])).toBeNull();
    expect(mergedGroups([answer("1", 10, 100)])?.lines).toEqual([]);
  });
});
