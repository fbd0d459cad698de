import { expect, it } from "vitest";
import type { SeriesAnswer } from "@/api/types";
import { drawableRows } from "@/lib/gaps";
import { type SeriesMeta, seriesKey } from "@/lib/series";
import { SeriesStore } from "./series-store";

const HOURS = 8;
const BEGIN = 1_800_000_000;
const METAS: SeriesMeta[] = Array.from({ length: 12 }, (_, cpu) => ({
  metric: "system.cpu.utilization",
  unit: "1",
  kind: "gauge",
  labels: { cpu: String(cpu) },
}));
const KEYS = METAS.map(({ metric, labels }) => seriesKey(metric, labels));

function answer(step: number, from: number): SeriesAnswer {
  const t = Array.from({ length: 300 }, (_, row) => from + row * step);
  const v = t.map(() => 0.5);
  const extremes = step > 1 ? v : null;
  const series = METAS.map((meta) => ({ agent: 1, ...meta, tier: "1s", t, v, min: extremes, max: extremes }));
  return { from, to: BEGIN, step, series: series as SeriesAnswer["series"], groups: null, gaps: [], overlaps: [] };
}

/** Bytes that the arrays behind what charts read take, each counted once. */
function bytesHeld(store: SeriesStore): number {
  const { times, series } = store.read(KEYS);
  const arrays = [times, ...series.flatMap(({ values, min, max }) => [values, min ?? times, max ?? times])];
  return [...new Set(arrays.map(({ buffer }) => buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

it.each([
  ["5m", 1],
  ["24h", 300],
] as const)("eight hours of live samples in a window of %s leave no more behind than one", (range, step) => {
  let now = BEGIN;
  const store = new SeriesStore(() => now);
  store.show({ range });
  store.load(answer(step, BEGIN - 299 * step));
  const held: number[] = [];
  let told = 0;
  for (let hour = 0; hour < HOURS; hour += 1) {
    // Charts come into view and leave it again, as somebody scrolls.
    const ends = KEYS.map(() => store.subscribe(() => (told += 1)));
    for (let second = 0; second < 3600; second += 1) {
      now += 1;
      store.append({ times: [now], values: Float64Array.from(KEYS, () => second / 3600) }, METAS);
    }
    for (const end of ends) end();
    held.push(bytesHeld(store));
    expect(drawableRows(store.read(KEYS)).times.length).toBeLessThanOrEqual(410);
  }
  expect(new Set(held).size).toBe(1);
  expect(held[0]).toBeLessThan(2 * 2 * 1000 * 8 * (KEYS.length * 3 + 1));
  expect(store.metas.size).toBe(KEYS.length);

  // Whoever has left is told nothing more.
  expect(told).toBe(HOURS * 3600 * KEYS.length);
  store.touch();
  expect(told).toBe(HOURS * 3600 * KEYS.length);
});
