import type { ChartFrame } from "./frame";

/** Points further apart than this many steps are not joined by a line. */
export const GAP_STEPS = 1.5;

/** Rows to draw: indexes into the frame's arrays, with -1 where a line must break. */
export interface Rows {
  times: number[];
  indexes: number[];
}

/** The usual distance between neighbouring times: their (lower) median, NaN for fewer than three. */
export function medianDistance(times: ArrayLike<number>, sampleLimit = 64): number {
  if (times.length < 3) return Number.NaN;
  const distances: number[] = [];
  for (let index = Math.max(1, times.length - sampleLimit); index < times.length; index += 1) {
    distances.push((times[index] ?? 0) - (times[index - 1] ?? 0));
  }
  distances.sort((first, second) => first - second);
  return distances[(distances.length - 1) >> 1] ?? Number.NaN;
}

/**
 * Picks the rows of a frame that hold any value and marks where the line must break.
 *
 * A series that reports every 10 s shares its times with others that report each second; rows in which none of this
 * chart's series has a value say nothing about it unless they last longer than its own rhythm.
 */
export function drawableRows(frame: ChartFrame): Rows {
  const held: number[] = [];
  for (let row = 0; row < frame.times.length; row += 1) {
    if (frame.series.some((series) => !Number.isNaN(series.values[row] ?? Number.NaN))) held.push(row);
  }
  const median = medianDistance(held.map((row) => frame.times[row] ?? 0));
  const limit = Math.max(frame.step, Number.isNaN(median) ? 0 : median) * GAP_STEPS;
  const rows: Rows = { times: [], indexes: [] };
  let previous = Number.NaN;
  for (const row of held) {
    const time = frame.times[row] ?? 0;
    if (time - previous > limit) {
      rows.times.push(previous + (time - previous) / 2);
      rows.indexes.push(-1);
    }
    rows.times.push(time);
    rows.indexes.push(row);
    previous = time;
  }
  return rows;
}
