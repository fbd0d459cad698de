import { describe, expect, it } from "vitest";
import type { SeriesAnswer } from "@/api/types";
import type { SeriesMeta } from "@/lib/series";
import { SeriesStore } from "./series-store";

const META: SeriesMeta = { metric: "m", unit: "1", kind: "gauge", labels: { cpu: "0" } };
const KEY = "m|cpu=0";

interface AnswerParts {
  t: number[];
  v: (number | null)[];
  step?: number;
  to?: number;
}

function answer({ t, v, step = 1, to = t[t.length - 1] ?? 0 }: AnswerParts): SeriesAnswer {
  const extremes = step > 1 ? v : null;
  return {
    from: t[0] ?? 0,
    to,
    step,
    series: [{ agent: 1, ...META, tier: "1s", t, v, min: extremes, max: extremes } as SeriesAnswer["series"][number]],
    gaps: [],
    overlaps: [],
    groups: null,
  };
}

function batch(times: number[], values: number[]) {
  return [{ times, values: Float64Array.from(values) }, [META]] as const;
}

function liveStore(now: number): SeriesStore {
  const store = new SeriesStore(() => now);
  store.show({ range: "5m" });
  return store;
}

const held = (store: SeriesStore) => {
  const frame = store.read([KEY]);
  return [...frame.times].map((time, row) => [time, frame.series[0]?.values[row]]);
};

describe("SeriesStore", () => {
  it("continues an answer with live samples", () => {
    const store = liveStore(1003);
    store.load(answer({ t: [1000, 1001], v: [1, 2] }));
    expect(store.append(...batch([1002, 1003], [3, 4]))).toBe(true);
    expect(held(store)).toEqual([
      [1000, 1],
      [1001, 2],
      [1002, 3],
      [1003, 4],
    ]);
    expect(store.window()).toEqual({ from: 703, to: 1003 });
    expect(store.last(KEY)).toBe(4);
  });

  it("loses no sample that came while the answer was on its way, and takes none twice", () => {
    const store = liveStore(1003);
    store.append(...batch([1001, 1002], [2, 3]));
    store.append(...batch([1003], [4]));
    store.load(answer({ t: [1000, 1001], v: [1, 2] }));
    expect(held(store)).toEqual([
      [1000, 1],
      [1001, 2],
      [1002, 3],
      [1003, 4],
    ]);
  });

  it("says when samples came too late to be put in", () => {
    const store = liveStore(1003);
    store.load(answer({ t: [1000, 1003], v: [1, 4] }));
    expect(store.append(...batch([1003], [4]))).toBe(true);
    expect(store.append(...batch([1001], [2]))).toBe(false);
  });

  it("says when time was skipped, for the reason must be asked for", () => {
    const store = liveStore(1003);
    store.load(answer({ t: [1000, 1001], v: [1, 2] }));
    expect(store.append(...batch([1003], [4]))).toBe(true);
    expect(store.append(...batch([1020], [5]))).toBe(false);
  });

  it("averages live samples into the last point when points stand for several seconds", () => {
    const store = new SeriesStore(() => 1025);
    store.show({ range: "6h" });
    store.load(answer({ t: [1000, 1010], v: [1, 2], step: 10, to: 1020 }));
    store.append(...batch([1021, 1022, 1023], [10, 20, 60]));
    const frame = store.read([KEY]);
    expect([...frame.times]).toEqual([1000, 1010, 1020]);
    expect(frame.series[0]?.values[2]).toBe(30);
    expect(frame.series[0]?.min?.[2]).toBe(10);
    expect(frame.series[0]?.max?.[2]).toBe(60);
  });

  it("keeps every sample of an agent that reports seldom: its step is no thinning", () => {
    const store = new SeriesStore(() => 1170);
    store.show({ range: "5m" });
    const seldom = answer({ t: [1000, 1060], v: [1, 2], step: 60 });
    for (const series of seldom.series) Object.assign(series, { min: null, max: null });
    store.load(seldom);
    store.append(...batch([1061.5], [7]));
    expect(held(store)).toEqual([
      [1000, 1],
      [1060, 2],
      [1061.5, 7],
    ]);
  });

  it("goes on averaging in a point that the answer had begun", () => {
    const store = new SeriesStore(() => 1025);
    store.show({ range: "6h" });
    store.load(answer({ t: [1000, 1010], v: [1, 2], step: 10, to: 1013 }));
    store.append(...batch([1014], [6]));
    expect(store.read([KEY]).series[0]?.values[1]).toBeCloseTo(2 + (6 - 2) / 5);
  });

  it("shows time going on when samples stay away", () => {
    let now = 1001;
    const store = new SeriesStore(() => now);
    store.show({ range: "5m" });
    store.load(answer({ t: [1000], v: [1] }));
    expect(store.window().to).toBe(1000);
    now = 1060;
    expect(store.window()).toEqual({ from: 760, to: 1060 });
  });

  it("keeps a fixed window as it is while live samples come", () => {
    const store = new SeriesStore(() => 5000);
    store.show({ from: 1000, to: 1010 });
    store.load(answer({ t: [1000, 1001], v: [1, null] }));
    store.append(...batch([5000], [9]));
    expect(held(store)).toEqual([
      [1000, 1],
      [1001, Number.NaN],
    ]);
    expect(store.window()).toEqual({ from: 1000, to: 1010 });
  });

  it("forgets what has left the window", () => {
    const store = liveStore(2000);
    store.load(answer({ t: [1000, 1999], v: [1, 2] }));
    store.append(...batch([2000], [3]));
    expect(held(store).map(([time]) => time)).toEqual([1999, 2000]);
  });

  it("tells of a new series once", () => {
    const store = liveStore(1000);
    const before = store.structure.get();
    store.append(...batch([1000], [1]));
    store.append(...batch([1001], [1]));
    expect(store.structure.get()).toBe(before + 1);
    expect(store.metas.get(KEY)).toEqual(META);
  });
});
