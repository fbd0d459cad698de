import { expect, it } from "vitest";
import { logRange, logTicks } from "./log-axis";

it.each([
  [0.03, 7, "1", null, [0.02, 10]],
  [11, 12, "1", null, [10, 20]],
  [5, 5, "1", null, [5, 50]],
  [0.001, 0.4, "%", 1, [0.001, 1]],
  [3000, 3_000_000, "By/s", null, [2048, 4_194_304]],
  [0, 0, "By", null, [1, 10]],
  [0, 0, "%", 1, [0.01, 1]],
] as const)("the axis of %d to %d %s ends on round numbers", (low, high, unit, top, expected) => {
  const [from, to] = logRange(low, high, unit, top);
  expect(from).toBeCloseTo(expected[0], 9);
  expect(to).toBeCloseTo(expected[1], 9);
});

it("has labels at 1, 2 and 5 where there is room, else at powers of ten", () => {
  expect(logTicks(1, 20, "1").map((tick) => Math.round(tick))).toEqual([1, 2, 5, 10, 20]);
  expect(logTicks(0.001, 1000, "s").map((tick) => Math.log10(tick))).toEqual(
    [-2, 0, 2].map((one) => expect.closeTo(one)),
  );
});

it("has labels of bytes at powers of two that read well", () => {
  expect(logTicks(2048, 32_768, "By")).toEqual([2048, 4096, 8192, 16_384, 32_768]);
  expect(logTicks(1024, 2 ** 40, "By/s")).toEqual([2 ** 10, 2 ** 20, 2 ** 30, 2 ** 40]);
});
