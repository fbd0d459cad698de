import { describe, expect, it } from "vitest";
import type { ChartFrame } from "./frame";
import { drawableRows, medianDistance } from "./gaps";

function frame(times: number[], values: number[][], step = 1): ChartFrame {
  const series = values.map((column, index) => ({
    key: String(index),
    values: Float64Array.from(column),
    min: null,
    max: null,
  }));
  return { from: 0, to: 100, step, times: Float64Array.from(times), series, gaps: [] };
}

describe("drawableRows", () => {
  it("draws neighbours as one line", () => {
    expect(drawableRows(frame([1, 2, 3], [[1, 2, 3]]))).toEqual({ times: [1, 2, 3], indexes: [0, 1, 2] });
  });

  it("breaks the line where samples are missing", () => {
    const rows = drawableRows(frame([1, 2, 3, 7, 8, 9], [[1, 2, 3, 7, 8, 9]]));
    expect(rows.indexes).toEqual([0, 1, 2, -1, 3, 4, 5]);
    expect(rows.times).toEqual([1, 2, 3, 5, 7, 8, 9]);
  });

  it("takes rows without any value for missing", () => {
    const nan = Number.NaN;
    expect(drawableRows(frame([1, 2, 3, 4, 5], [[1, nan, nan, 4, 5]])).indexes).toEqual([0, -1, 3, 4]);
  });

  it("does not break the line of a series that reports more seldom than others", () => {
    const times = Array.from({ length: 60 }, (_, index) => index);
    const values = times.map((time) => (time % 10 === 0 ? time : Number.NaN));
    expect(drawableRows(frame(times, [values])).indexes).toEqual([0, 10, 20, 30, 40, 50]);
  });

  it("measures by the step when points stand for more than a second", () => {
    expect(drawableRows(frame([0, 60, 120, 300], [[1, 1, 1, 1]], 60)).indexes).toEqual([0, 1, 2, -1, 3]);
  });
});

describe("medianDistance", () => {
  it("is the usual distance, whatever the exceptions", () => {
    expect(medianDistance([0, 1, 2, 3, 50])).toBe(1);
    expect(medianDistance([0, 1])).toBeNaN();
  });
});
