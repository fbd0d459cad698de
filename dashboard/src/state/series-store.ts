import type { SeriesAnswer } from "@/api/types";
import { SlidingColumns } from "@/lib/columns";
import type { Batch } from "@/lib/decode";
import type { ChartFrame, ChartSource, FrameSeries } from "@/lib/frame";
import { isLive, type RangeSearch, rangeSeconds, type TimeWindow } from "@/lib/range";
import { type Gap, type SeriesMeta, seriesKey } from "@/lib/series";
import { Signal } from "@/lib/signal";

/** Live batches kept so that an answer which was on its way meanwhile loses none of them. */
const REMEMBERED_BATCHES = 120;
/** The present is where the samples are unless they are this many steps behind: then time goes on without them. */
const STALE_STEPS = 3;
/** Rows held of live samples at the most, however long the window: more than any chart has pixels. */
const MAX_LIVE_ROWS = 4000;
const EMPTY = new Float64Array(0);

interface KeyedBatch extends Batch {
  keys: readonly string[];
}

/** What the open bucket of each series holds, to go on averaging in it. */
interface Bucket {
  sum: number;
  count: number;
}

/**
 * The samples of one agent in the window shown: an answer of the API continued by live batches.
 *
 * Kept in typed arrays outside React. A batch whose time is already there changes nothing twice; when points stand for
 * several seconds, live samples are averaged into the last point just as the hub does.
 */
export class SeriesStore implements ChartSource {
  readonly structure = new Signal(0);
  readonly version = new Signal(0);
  readonly metas = new Map<string, SeriesMeta>();
  gaps: readonly Gap[] = [];
  step = 1;
  /** Seconds between the agent's own samples. */
  interval = 1;
  /** Points stand for several samples each; otherwise the step is just the distance between samples. */
  private thinned = false;
  private range: RangeSearch = {};
  private columns = new SlidingColumns(1);
  private latest = Number.NaN;
  private readonly recent: KeyedBatch[] = [];
  private readonly buckets = new Map<string, Bucket>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  readonly subscribe = this.version.subscribe;

  /** Sets the window to show; the samples held stay until the next answer. */
  show(range: RangeSearch): void {
    this.range = range;
    this.touch();
  }

  get empty(): boolean {
    return this.columns.length === 0;
  }

  /** Time of the newest sample in Unix seconds, NaN when there is none. */
  get lastTime(): number {
    return this.latest;
  }

  /** The window shown now: fixed, or ending at the newest sample, or at the present when samples stay away. */
  window(): TimeWindow {
    if (this.range.from !== undefined && this.range.to !== undefined)
      return { from: this.range.from, to: this.range.to };
    const now = this.now();
    const stale = !(now - this.latest < STALE_STEPS * Math.max(this.step, this.interval) + 2);
    const to = stale ? now : Math.max(this.latest, now - 5);
    return { from: to - rangeSeconds(this.range), to };
  }

  /** Replaces everything by an answer of the API, then adds the live batches that are newer than it. */
  load(answer: SeriesAnswer): void {
    const times = unionOfTimes(answer);
    this.step = Math.max(answer.step, 1e-3);
    this.thinned = answer.series.some(({ min }) => min !== null);
    this.gaps = answer.gaps;
    const rows = Math.ceil(rangeSeconds(this.range) / (this.thinned ? this.step : 1)) + 60;
    const room = isLive(this.range) ? Math.min(rows, MAX_LIVE_ROWS) : 0;
    this.columns = new SlidingColumns(Math.max(times.length, room, 1));
    for (const time of times) this.columns.append(time);
    for (const series of answer.series) this.fill(series);
    this.buckets.clear();
    this.latest = this.newestHeld(answer);
    if (isLive(this.range)) for (const batch of this.recent) this.merge(batch);
    this.touch();
  }

  /**
   * Adds a live batch. Returns false when only the API can tell the whole: a sample belongs before what is held (an agent
   * that sends what it had kept), or time was skipped and the reason for the gap is still to be learnt.
   */
  append(batch: Batch, metas: readonly SeriesMeta[]): boolean {
    const keys = metas.map((meta) => this.learn(meta));
    const keyed = { ...batch, keys };
    this.recent.push(keyed);
    if (this.recent.length > REMEMBERED_BATCHES) this.recent.shift();
    if (!isLive(this.range)) return true;
    const skipped = (batch.times[0] ?? 0) - this.latest > STALE_STEPS * Math.max(this.step, this.interval);
    const whole = this.merge(keyed) && !skipped;
    this.columns.dropBefore(this.window().from - 2 * this.step);
    this.touch();
    return whole;
  }

  /** Forgets the live batches: they are no longer the direct continuation of the next answer. */
  forgetRecent(): void {
    this.recent.length = 0;
  }

  /** Newest value of a series in the window, NaN when it has none; series of other rhythms lie between its samples. */
  last(key: string): number {
    for (let row = this.columns.length - 1; row >= 0; row -= 1) {
      const value = this.columns.get(key, row);
      if (!Number.isNaN(value)) return value;
    }
    return Number.NaN;
  }

  read(keys: readonly string[]): ChartFrame {
    const times = this.columns.times();
    const series = keys.map((key): FrameSeries => {
      const min = this.columns.values(lowKey(key)) ?? null;
      const max = this.columns.values(highKey(key)) ?? null;
      return { key, values: this.columns.values(key) ?? EMPTY, min, max };
    });
    return { ...this.window(), step: Math.max(this.step, this.interval), times, series, gaps: this.gaps };
  }

  /** A known gap that covers the whole time (Unix seconds), if there is one. */
  gapOver(from: number, to: number): Gap | undefined {
    return this.gaps.find((gap) => gap.from <= from && gap.to >= to);
  }

  /** Tells the watchers to draw again, for instance because time went on without samples. */
  touch(): void {
    this.version.set(this.version.get() + 1);
  }

  private learn(meta: SeriesMeta): string {
    const key = seriesKey(meta.metric, meta.labels);
    if (!this.metas.has(key)) {
      this.metas.set(key, { metric: meta.metric, unit: meta.unit, kind: meta.kind, labels: meta.labels });
      this.structure.set(this.structure.get() + 1);
    }
    return key;
  }

  private fill(series: SeriesAnswer["series"][number]): void {
    const key = this.learn(series);
    const parallel = series.t.length === this.columns.length;
    for (let index = 0; index < series.t.length; index += 1) {
      const row = parallel ? index : this.columns.find(series.t[index] ?? Number.NaN);
      this.columns.set(key, row, series.v[index] ?? Number.NaN);
      if (series.min !== null && series.max !== null) {
        this.columns.set(lowKey(key), row, series.min[index] ?? Number.NaN);
        this.columns.set(highKey(key), row, series.max[index] ?? Number.NaN);
      }
    }
  }

  /** The last point covers a step: the newest sample in it is known only to be no later than the answer's end. */
  private newestHeld(answer: SeriesAnswer): number {
    const last = this.columns.lastTime;
    return this.thinned ? Math.min(answer.to, last + this.step) : last;
  }

  private merge(batch: KeyedBatch): boolean {
    let whole = true;
    for (let tick = 0; tick < batch.times.length; tick += 1) {
      const time = batch.times[tick] ?? Number.NaN;
      if (time <= this.latest) {
        whole = whole && (this.thinned || this.columns.find(time) !== -1);
        continue;
      }
      this.latest = time;
      const start = this.thinned ? Math.floor(time / this.step) * this.step : time;
      const open = start <= this.columns.lastTime;
      const row = open ? this.columns.length - 1 : this.columns.append(start);
      if (!open) this.buckets.clear();
      for (let index = 0; index < batch.keys.length; index += 1) {
        this.put(batch.keys[index] ?? "", row, batch.values[index * batch.times.length + tick] ?? Number.NaN);
      }
    }
    return whole;
  }

  private put(key: string, row: number, value: number): void {
    if (Number.isNaN(value)) return;
    if (!this.thinned) {
      this.columns.set(key, row, value);
      return;
    }
    const bucket = this.buckets.get(key) ?? this.reopen(key, row);
    bucket.sum += value;
    bucket.count += 1;
    this.buckets.set(key, bucket);
    const low = this.columns.get(lowKey(key), row);
    const high = this.columns.get(highKey(key), row);
    this.columns.set(key, row, bucket.sum / bucket.count);
    this.columns.set(lowKey(key), row, Number.isNaN(low) ? value : Math.min(low, value));
    this.columns.set(highKey(key), row, Number.isNaN(high) ? value : Math.max(high, value));
  }

  /** A bucket that the API had begun: its mean counts as often as the agent can have sampled since it began. */
  private reopen(key: string, row: number): Bucket {
    const held = this.columns.get(key, row);
    if (Number.isNaN(held)) return { sum: 0, count: 0 };
    const seconds = Math.max(1, this.latest - this.columns.lastTime);
    const count = Math.max(1, Math.round(seconds / this.interval));
    return { sum: held * count, count };
  }
}

function lowKey(key: string): string {
  return `min ${key}`;
}

function highKey(key: string): string {
  return `max ${key}`;
}

/** Series of one agent share their times, so mostly this is the first one's; it stays right when they do not. */
function unionOfTimes(answer: SeriesAnswer): number[] {
  const first = answer.series[0]?.t ?? [];
  const same = answer.series.every(
    ({ t }) => t.length === first.length && t[0] === first[0] && t[t.length - 1] === first[first.length - 1],
  );
  if (same) return first;
  return [...new Set(answer.series.flatMap(({ t }) => t))].sort((one, other) => one - other);
}
