import { describe, expect, it } from "vitest";
import type { ChartFrame } from "@/lib/frame";
import { nearestRow, type PrepareOptions, prepare, rowNear, valueRange } from "./prepare";

const NAN = Number.NaN;

function frame(columns: Record<string, number[]>, over: Partial<ChartFrame> = {}): ChartFrame {
  const series = Object.entries(columns).map(([key, values]) => ({
    key,
    values: Float64Array.from(values),
    min: null,
    max: null,
  }));
  const length = series[0]?.values.length ?? 0;
  const times = Float64Array.from({ length }, (_, index) => index + 1);
  return { from: 0, to: 100, step: 1, times, series, gaps: [], ...over };
}

function options(over: Partial<PrepareOptions>): PrepareOptions {
  return { mode: "line", hidden: new Set(), mirrored: new Set(), log: false, ...over };
}

describe("prepare", () => {
  it("leaves lines as they are, with null where there is no data", () => {
    const { drawn, low, high } = prepare(frame({ a: [1, 2, 3], b: [5, NAN, 4] }), options({}));
    expect(drawn).toEqual([
      [1, 2, 3],
      [5, null, 4],
    ]);
    expect([low, high]).toEqual([0, 5]);
  });

  it("sums a stack from the bottom up and keeps the samples for reading off", () => {
    const { drawn, raw, high } = prepare(frame({ a: [1, 2], b: [10, 20], c: [100, 200] }), options({ mode: "stack" }));
    expect(drawn).toEqual([
      [1, 2],
      [11, 22],
      [111, 222],
    ]);
    expect(raw[1]).toEqual([10, 20]);
    expect(high).toBe(222);
  });

  it("leaves hidden series out of the sum and of the axis", () => {
    const { drawn, high } = prepare(
      frame({ a: [1], b: [10], c: [100] }),
      options({ mode: "stack", hidden: new Set(["b"]) }),
    );
    expect(drawn[2]).toEqual([101]);
    expect(high).toBe(101);
    expect(prepare(frame({ a: [1], b: [10] }), options({ hidden: new Set(["b"]) })).high).toBe(1);
  });

  it("draws mirrored series downwards and reads them off as they are", () => {
    const { drawn, raw, low, high } = prepare(
      frame({ in: [5], out: [3] }),
      options({ mode: "area", mirrored: new Set(["out"]) }),
    );
    expect(drawn).toEqual([[5], [-3]]);
    expect(raw).toEqual([[5], [3]]);
    expect([low, high]).toEqual([-3, 5]);
  });

  it("breaks every line of a stack where all data is missing", () => {
    const times = Float64Array.from([1, 2, 9, 10]);
    const { drawn, times: rows } = prepare(
      frame({ a: [1, 1, 1, 1], b: [2, 2, 2, 2] }, { times }),
      options({ mode: "stack" }),
    );
    expect(rows).toEqual([1, 2, 5.5, 9, 10]);
    expect(drawn[1]).toEqual([3, 3, null, 3, 3]);
  });

  it("has the axis reach the extremes of a thinned line", () => {
    const thinned = frame({ a: [2] });
    const first = thinned.series[0];
    if (first === undefined) throw new Error("the frame has one series");
    thinned.series[0] = { ...first, min: Float64Array.of(1), max: Float64Array.of(9) };
    const { bands, high } = prepare(thinned, options({}));
    expect(bands[0]).toEqual({ min: [1], max: [9] });
    expect(high).toBe(9);
  });

  it("leaves zero and what is below out of a logarithmic axis, and says how many that were", () => {
    const shown = frame({ a: [0, 10, -3, NAN, 0.5], b: [0, 0, 0, 0, 0] });
    const { drawn, raw, low, high, undrawn } = prepare(shown, options({ log: true, hidden: new Set(["b"]) }));
    expect(drawn[0]).toEqual([null, 10, null, null, 0.5]);
    expect(raw[0]).toEqual([0, 10, -3, null, 0.5]);
    expect([low, high, undrawn]).toEqual([0.5, 10, 2]);
    expect(prepare(frame({ a: [0] }), options({ log: true }))).toMatchObject({ low: 0, high: 0, undrawn: 1 });
  });

  it("looks only at the window for the axis", () => {
    expect(prepare(frame({ a: [50, 2, 3] }, { from: 2, to: 3 }), options({})).high).toBe(3);
  });
});

describe("valueRange", () => {
  it.each([
    [0, 0, "By", null, [0, 1]],
    [0, 0.07, "%", null, [0, 0.1]],
    [0, 0.3, "%", null, [0, 0.5]],
    [0, 0.99, "%", null, [0, 1.0395]],
    [0, 0.2, "%", 1, [0, 1]],
  ] as const)("from %d to %d in %s with top %s is %j", (low, high, unit, top, expected) => {
    const [from, to] = valueRange(low, high, unit, top);
    expect(from).toBeCloseTo(expected[0]);
    expect(to).toBeCloseTo(expected[1]);
  });

  it("goes beyond a fixed top rather than cut off values", () => {
    expect(valueRange(0, 2, "%", 1)[1]).toBeGreaterThan(2);
  });
});

describe("reading off", () => {
  it("finds the nearest row", () => {
    expect(nearestRow([10, 20, 30], 14)).toBe(0);
    expect(nearestRow([10, 20, 30], 16)).toBe(1);
    expect(nearestRow([10, 20, 30], 99)).toBe(2);
    expect(nearestRow([], 5)).toBe(-1);
  });

  it("tells of no row where there is none near", () => {
    expect(rowNear([10, 20], 40, 5)).toBe(-1);
    expect(rowNear([10, 20], 23, 5)).toBe(1);
  });
});
