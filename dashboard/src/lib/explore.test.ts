import { describe, expect, it } from "vitest";
import {
  type AnsweredGroup,
  arrived,
  colored,
  earlierKey,
  frameOf,
  groupKey,
  HeldFrame,
  linesOf,
  refreshMs,
  statisticsOf,
} from "./explore";

function group(name: string, t: number[], v: (number | null)[], present: number[] | null = null): AnsweredGroup {
  return { group: { agent: name }, members: 1, unit: "1", t, v, present };
}

describe("the lines of an answer", () => {
  it("have the same group's past at the times of now", () => {
    const [one, other] = linesOf(
      { groups: [group("1", [1000], [5]), group("2", [1000], [6])], to: 1000 },
      { groups: [group("2", [400], [3])], earlier: 600 },
    );
    expect(one?.before).toEqual({ times: [], values: [] });
    expect(other?.before).toEqual({ times: [1000], values: [3] });
    expect(linesOf({ groups: [group("1", [1], [1])], to: 1 }, null)[0]?.before).toBeNull();
    expect([groupKey({ agent: "1", "label:device": "a b" }), groupKey(null)]).toEqual(['["1","a b"]', "[]"]);
  });

  it("end where members are still on their way", () => {
    const times = [80, 90, 100];
    expect(arrived(group("1", times, [4, 3, 1], [4, 3, 1]), 100)).toEqual({ times: [80], values: [4] });
    expect(arrived(group("1", times, [4, 4, 4], [4, 4, 4]), 100).times).toEqual(times);
    // What is long past is as it is.
    expect(arrived(group("1", times, [4, 3, 1], [4, 3, 1]), 200).times).toEqual(times);
    expect(arrived(group("1", times, [4, 3, 1]), 100).times).toEqual(times);
  });
});

describe("statistics", () => {
  const line = { key: "k", group: {}, times: [1, 2, 3], values: [1, null, 3], before: null };

  it("are of the points that there are", () => {
    expect(statisticsOf(line)).toEqual({ last: 3, min: 1, avg: 2, max: 3, change: null });
    expect(statisticsOf({ ...line, values: [null, null, null] })).toEqual({
      ...{ last: null, min: null, avg: null, max: null, change: null },
    });
  });

  it.each([
    [[1, 1], 1],
    [[4, 4], -0.5],
    [[-4, -4], 1.5],
    [[0, 0], null],
    [[], null],
  ])("tell the change against %j", (values, change) => {
    expect(statisticsOf({ ...line, before: { times: [], values } }).change).toBe(change);
  });
});

describe("the frame of some lines", () => {
  const window = { from: 0, to: 10, step: 1 };
  const values = (frame: ReturnType<typeof frameOf>, key: string) => [
    ...(frame.series.find((one) => one.key === key)?.values ?? []),
  ];

  it("puts slow and fast ones on the same rows, straight between points and open in gaps", () => {
    const fast = {
      key: "f",
      group: {},
      times: [0, 1, 2, 3, 4, 5, 6, 7, 8],
      values: [0, 1, 2, 3, 4, 5, 6, 7, 8],
      before: null,
    };
    const slow = { key: "s", group: {}, times: [0, 2, 4, 8], values: [0, 4, 8, 0], before: null };
    const frame = frameOf([fast, slow], window);
    expect([...frame.times]).toEqual(fast.times);
    expect(values(frame, "s")).toEqual([0, 2, 4, 6, 8, Number.NaN, Number.NaN, Number.NaN, 0]);
  });

  it("draws the past beside the present, though its points lie a little elsewhere", () => {
    const line = { key: "k", group: {}, times: [2, 4], values: [1, 2], before: { times: [2.2, 3.9], values: [5, 6] } };
    const frame = frameOf([line], { ...window, step: 2 });
    expect([...frame.times]).toEqual([2, 4]);
    expect(values(frame, earlierKey("k"))).toEqual([5, 6]);
  });

  it("does not join over a value that is none", () => {
    const line = { key: "k", group: {}, times: [0, 1, 2, 3], values: [1, null, 3, 4], before: null };
    expect(values(frameOf([line], window), "k")).toEqual([1, Number.NaN, 3, 4]);
  });

  it("is held for a chart, in the order in which the chart has its series", () => {
    const held = new HeldFrame();
    let told = 0;
    const end = held.subscribe(() => {
      told += 1;
    });
    held.put(frameOf([{ key: "a", group: {}, times: [1], values: [7], before: null }], window));
    end();
    held.put(frameOf([{ key: "a", group: {}, times: [1], values: [8], before: null }], window));
    expect(told).toBe(1);
    expect(held.read(["b", "a"]).series.map(({ key, values: [value] }) => [key, value])).toEqual([
      ["b", Number.NaN],
      ["a", 8],
    ]);
  });
});

describe("colours", () => {
  it("stay with their groups while the ranking changes", () => {
    const first = colored(["a", "b", "c"], new Map(), 2);
    expect([...first]).toEqual([
      ["a", 0],
      ["b", 1],
      ["c", -1],
    ]);
    expect(Object.fromEntries(colored(["b", "c", "d"], first, 2))).toEqual({ b: 1, c: 0, d: -1 });
  });
});

it("asks again at the width of a point, and not faster than the hub likes", () => {
  expect([refreshMs(1, 20), refreshMs(0.5, 0), refreshMs(60, 100), refreshMs(1, 900)]).toEqual([
    1000, 1000, 60_000, 3600,
  ]);
});
