import type { ChartFrame } from "@/lib/frame";
import { drawableRows } from "@/lib/gaps";

/** How the series of a chart lie: lines, areas from zero, or each on top of the one before. */
export type ChartMode = "line" | "area" | "stack";

type Values = (number | null)[];

/** What is drawn: per series what the line follows, and what people are told about it. Null is "no data". */
export interface Prepared {
  times: number[];
  /** Heights of the lines: summed up when stacked, negative when mirrored. */
  drawn: Values[];
  /** The samples themselves. */
  raw: Values[];
  /** Extremes within each point, null when a point is one sample or when bands make no sense. */
  bands: ({ min: Values; max: Values } | null)[];
  /** Lowest and highest height drawn; on a logarithmic axis both are above zero, or both zero when nothing is drawn. */
  low: number;
  high: number;
  /** Samples in the window that a logarithmic axis has no place for: zero, and what is below. */
  undrawn: number;
}

export interface PrepareOptions {
  mode: ChartMode;
  hidden: ReadonlySet<string>;
  /** Series drawn downwards from zero. */
  mirrored: ReadonlySet<string>;
  /** For a logarithmic axis, on which nothing can be stacked or mirrored. */
  log: boolean;
}

function pick(source: Float64Array, indexes: readonly number[], sign: number): Values {
  return indexes.map((row) => {
    const value = row === -1 ? Number.NaN : (source[row] ?? Number.NaN);
    return Number.isNaN(value) ? null : value * sign;
  });
}

/** Adds up the series. A row without any data stays empty; one series missing in it counts as nothing. */
function stacked(raw: readonly Values[], shown: readonly boolean[]): Values[] {
  const length = raw[0]?.length ?? 0;
  const empty = Array.from({ length }, (_, row) => raw.every((values) => (values[row] ?? null) === null));
  const total = new Float64Array(length);
  return raw.map((values, series) =>
    values.map((value, row) => {
      if (empty[row] === true) return null;
      if (shown[series] === true) total[row] = (total[row] ?? 0) + (value ?? 0);
      return total[row] ?? 0;
    }),
  );
}

function linear(frame: ChartFrame, raw: Values[], indexes: number[], shown: boolean[], options: PrepareOptions) {
  const sign = (key: string) => (options.mirrored.has(key) ? -1 : 1);
  const drawn =
    options.mode === "stack"
      ? stacked(raw, shown)
      : raw.map((values, series) => {
          const direction = sign(frame.series[series]?.key ?? "");
          return direction === 1 ? values : values.map((value) => (value === null ? null : value * direction));
        });
  const bands = frame.series.map(({ key, min, max }, series) => {
    if (options.mode === "stack" || min === null || max === null || shown[series] === false) return null;
    const direction = sign(key);
    return { min: pick(min, indexes, direction), max: pick(max, indexes, direction) };
  });
  return { drawn, bands };
}

const aboveZero = (values: Values): Values => values.map((value) => (value !== null && value > 0 ? value : null));

function logarithmic(frame: ChartFrame, raw: Values[], indexes: number[], shown: boolean[]) {
  const bands = frame.series.map(({ min, max }, series) =>
    min === null || max === null || shown[series] === false
      ? null
      : { min: aboveZero(pick(min, indexes, 1)), max: aboveZero(pick(max, indexes, 1)) },
  );
  return { drawn: raw.map(aboveZero), bands };
}

/** Turns a frame into what a chart draws; gaps become null, hidden series are left out of sums and extremes. */
export function prepare(frame: ChartFrame, options: PrepareOptions): Prepared {
  const { times, indexes } = drawableRows(frame);
  const shown = frame.series.map(({ key }) => !options.hidden.has(key));
  const raw = frame.series.map(({ values }) => pick(values, indexes, 1));
  const { drawn, bands } = options.log
    ? logarithmic(frame, raw, indexes, shown)
    : linear(frame, raw, indexes, shown, options);
  const inside = (row: number) => {
    const time = times[row] ?? Number.NaN;
    return time >= frame.from && time <= frame.to;
  };
  let low = options.log ? Number.POSITIVE_INFINITY : 0;
  let high = 0;
  const visible = [
    ...drawn.filter((_, series) => shown[series]),
    ...bands.flatMap((band) => (band === null ? [] : [band.max, band.min])),
  ];
  for (const values of visible) {
    for (let row = 0; row < values.length; row += 1) {
      const value = values[row] ?? null;
      if (value === null || !inside(row)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  let undrawn = 0;
  if (options.log) {
    raw.forEach((values, series) => {
      if (shown[series] === false) return;
      for (let row = 0; row < values.length; row += 1) if ((values[row] ?? 1) <= 0 && inside(row)) undrawn += 1;
    });
  }
  return { times, drawn, raw, bands, low: Number.isFinite(low) ? low : 0, high, undrawn };
}

/** Tops of the axis for shares of a whole: few, so that it rarely moves, and the highest is the whole. */
const SHARE_TOPS = [0.1, 0.25, 0.5, 1];

/**
 * The value axis: from zero (or below, when something is mirrored) to a little above the highest value.
 *
 * @param fixedTop where the axis always ends, unless values go beyond it.
 */
export function valueRange(low: number, high: number, unit: string, fixedTop: number | null): [number, number] {
  if (fixedTop !== null && high <= fixedTop * 1.001) return [low, fixedTop];
  if (unit === "%" && low === 0) return [0, SHARE_TOPS.find((top) => high * 1.02 <= top) ?? high * 1.05];
  if (low === 0 && high === 0) return [0, 1];
  return [low * 1.08, high * 1.08];
}

/** The row nearest to a time among rows that ascend, -1 when there are none. */
export function nearestRow(times: readonly number[], time: number): number {
  if (times.length === 0) return -1;
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  const before = times[low - 1];
  return before !== undefined && time - before < (times[low] ?? Number.POSITIVE_INFINITY) - time ? low - 1 : low;
}

/** The row nearest to a time if it is within the distance (seconds), else -1: elsewhere there is no data to tell of. */
export function rowNear(times: readonly number[], time: number, distance: number): number {
  const row = nearestRow(times, time);
  return row !== -1 && Math.abs((times[row] ?? Number.NaN) - time) <= distance ? row : -1;
}
