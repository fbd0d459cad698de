import { expect, it } from "vitest";
import { bestUnit, fromBase, toBase, unitsOf } from "./amounts";

it("gives thresholds in the units that people use", () => {
  expect(bestUnit({ value: 0.9, unit: "%" })).toEqual({ name: "%", size: 0.01 });
  expect(bestUnit({ value: 0.05, unit: "s" }).name).toBe("ms");
  expect(bestUnit({ value: 3 * 2 ** 30, unit: "B", per_second: true }).name).toBe("GiB/s");
  expect(bestUnit({ value: 0, unit: "B" }).name).toBe("B");
  expect(unitsOf({ value: 3 })).toEqual([{ name: "", size: 1 }]);
});

it("goes there and back without noise", () => {
  const percent = { name: "%", size: 0.01 };
  expect(toBase(7, percent)).toBe(0.07);
  expect(fromBase(0.57, percent)).toBe(57);
});
