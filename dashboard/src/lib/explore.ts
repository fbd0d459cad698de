import type { ChartFrame, ChartSource } from "./frame";
import { GAP_STEPS, medianDistance } from "./gaps";

/** One group of an answer of the hub. Times are Unix seconds. */
export interface AnsweredGroup {
  group: Readonly<Record<string, string>> | null;
  members: number | null;
  unit: string;
  t: readonly number[];
  v: readonly (number | null)[];
  present: readonly number[] | null;
}

/** A line of the chart and of the table. */
export interface Line {
  key: string;
  group: Readonly<Record<string, string>>;
  times: readonly number[];
  values: readonly (number | null)[];
  /** The same group as much earlier as the query compares, at the times of now; null where nothing was asked. */
  before: { times: readonly number[]; values: readonly (number | null)[] } | null;
}

/** What the values of a line come to. */
export interface Statistics {
  last: number | null;
  min: number | null;
  avg: number | null;
  max: number | null;
  /** The mean against that of the earlier time, as a share of it; null where there is none to compare with. */
  change: number | null;
}

/** How long after their time samples may still arrive: a frame of five ticks, and its way. */
const ARRIVING_S = 15;
/** The end of the key of an earlier line. */
const BEFORE = "\u0000before";

/** The key of a group within its answer, as the hub takes it for `group`. */
export function groupKey(group: AnsweredGroup["group"]): string {
  return JSON.stringify(Object.values(group ?? {}));
}

/** Of an answer's newest points those are left out that not all members have reached: a sum would fall for want of them. */
export function arrived({ t, v, present }: AnsweredGroup, now: number): Pick<Line, "times" | "values"> {
  let count = t.length;
  if (present !== null) {
    const settled = t.findLastIndex((time) => time < now - ARRIVING_S);
    const expected = settled === -1 ? Math.max(0, ...present) : (present[settled] ?? 0);
    while (count > settled + 1 && (present[count - 1] ?? 0) < expected) count -= 1;
  }
  return { times: t.slice(0, count), values: v.slice(0, count) };
}

/** The lines of an answer, with the same groups of the earlier time. */
export function linesOf(
  now: { groups: readonly AnsweredGroup[]; to: number },
  before: { groups: readonly AnsweredGroup[]; earlier: number } | null,
): Line[] {
  const past = new Map(before?.groups.map((one) => [groupKey(one.group), one]));
  return now.groups.map((one) => {
    const key = groupKey(one.group);
    const then = past.get(key);
    return {
      key,
      group: one.group ?? {},
      ...arrived(one, now.to),
      before:
        before === null ? null : { times: then?.t.map((time) => time + before.earlier) ?? [], values: then?.v ?? [] },
    };
  });
}

function numbers(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function statisticsOf({ values, before }: Line): Statistics {
  const held = numbers(values);
  const avg = mean(held);
  const then = mean(numbers(before?.values ?? []));
  return {
    last: held.at(-1) ?? null,
    min: held.length === 0 ? null : held.reduce((least, value) => Math.min(least, value)),
    avg,
    max: held.length === 0 ? null : held.reduce((most, value) => Math.max(most, value)),
    change: avg === null || then === null || then === 0 ? null : (avg - then) / Math.abs(then),
  };
}

/** Lays a line on the rows of a frame. Between its own neighbouring points it goes straight, over a gap it does not go. */
function onRows(
  line: { times: readonly number[]; values: readonly (number | null)[] },
  rowOf: (time: number) => number,
  rows: number,
): Float64Array {
  const laid = new Float64Array(rows).fill(Number.NaN);
  const usual = medianDistance(line.times);
  let previous = -1;
  line.times.forEach((time, at) => {
    const value = line.values[at] ?? null;
    const row = rowOf(time);
    if (value === null) {
      previous = -1;
      return;
    }
    laid[row] = value;
    const first = rowOf(line.times[previous] ?? Number.NaN);
    if (previous !== -1 && time - (line.times[previous] ?? 0) <= usual * GAP_STEPS) {
      const from = line.values[previous] ?? value;
      for (let between = first + 1; between < row; between += 1)
        laid[between] = from + ((value - from) * (between - first)) / (row - first);
    }
    previous = at;
  });
  return laid;
}

/** What a chart draws of some lines: their points side by side, and the earlier ones under `earlierKey`. */
export function frameOf(lines: readonly Line[], window: { from: number; to: number; step: number }): ChartFrame {
  const { from, to, step } = window;
  const drawn = lines.flatMap(({ key, before, ...now }) => [
    ...(before === null ? [] : [{ key: earlierKey(key), ...before }]),
    { key, ...now },
  ]);
  const slots = [...new Set(drawn.flatMap(({ times }) => times.map((time) => Math.round(time / step))))];
  slots.sort((one, other) => one - other);
  const places = new Map(slots.map((slot, row) => [slot, row]));
  const rowOf = (time: number) => places.get(Math.round(time / step)) ?? -1;
  return {
    from,
    to,
    step,
    times: Float64Array.from(slots, (slot) => slot * step),
    series: drawn.map((one) => ({ key: one.key, values: onRows(one, rowOf, slots.length), min: null, max: null })),
    gaps: [],
  };
}

/** The key under which the earlier values of a group are drawn. */
export function earlierKey(key: string): string {
  return key + BEFORE;
}

const EMPTY_FRAME: ChartFrame = { from: 0, to: 1, step: 1, times: new Float64Array(), series: [], gaps: [] };

/** Holds the newest frame for a chart that stays the same while answers come. */
export class HeldFrame implements ChartSource {
  private frame: ChartFrame = EMPTY_FRAME;
  private readonly listeners = new Set<() => void>();

  put(frame: ChartFrame): void {
    this.frame = frame;
    for (const changed of this.listeners) changed();
  }

  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  read(keys: readonly string[]): ChartFrame {
    const byKey = new Map(this.frame.series.map((one) => [one.key, one]));
    const missing = new Float64Array(this.frame.times.length).fill(Number.NaN);
    const series = keys.map((key) => byKey.get(key) ?? { key, values: missing, min: null, max: null });
    return { ...this.frame, series };
  }
}

/**
 * Gives each group one of so many colours by its number, -1 to those for which none is left. Who had one keeps it while
 * it is there, so that a line does not change its colour when the ranking does.
 */
export function colored(
  keys: readonly string[],
  before: ReadonlyMap<string, number>,
  count: number,
): Map<string, number> {
  const chosen = new Map<string, number>();
  for (const key of keys) {
    const had = before.get(key) ?? -1;
    if (had !== -1) chosen.set(key, had);
  }
  const taken = new Set(chosen.values());
  const free = Array.from({ length: count }, (_, at) => at).filter((at) => !taken.has(at));
  for (const key of keys) if (!chosen.has(key)) chosen.set(key, free.shift() ?? -1);
  return chosen;
}

/** How long to wait until the next answer is asked for, in ms: the width of a point, and long enough for the hub to do other things. */
export function refreshMs(step: number, took: number): number {
  return Math.max(1000, step * 1000, took * 4);
}
