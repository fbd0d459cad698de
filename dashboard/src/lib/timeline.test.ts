import { afterEach, beforeEach, expect, test } from "vitest";
import { midnights, nextAt, placeIn } from "./timeline";

const zone = process.env.TZ;
beforeEach(() => {
  process.env.TZ = "Europe/Berlin";
});
afterEach(() => {
  process.env.TZ = zone;
});

const at = (iso: string) => Date.parse(iso) / 1000;

test("days are those of the clock: one of 25 hours in October, one of 23 in March", () => {
  const autumn = midnights(at("2026-10-24T12:00:00Z"), 3);
  expect(autumn.map((one) => new Date(one * 1000).toISOString())).toEqual([
    "2026-10-23T22:00:00.000Z",
    "2026-10-24T22:00:00.000Z",
    "2026-10-25T23:00:00.000Z",
    "2026-10-26T23:00:00.000Z",
  ]);
  const spring = midnights(at("2026-03-28T12:00:00Z"), 2);
  expect(spring.map((one) => one - (spring[0] ?? 0))).toEqual([0, 86_400, 86_400 + 82_800]);
});

test("a span is cut to its window", () => {
  const window = { begins: 100, ends: 200 };
  expect(placeIn({ begins: 50, ends: 150 }, window)).toEqual({ left: 0, width: 0.5 });
  expect(placeIn({ begins: 150, ends: 400 }, window)).toEqual({ left: 0.5, width: 0.5 });
  expect(placeIn({ begins: 200, ends: 300 }, window)).toBeNull();
  expect(placeIn({ begins: 0, ends: 100 }, window)).toBeNull();
});

test("the next time of a clock", () => {
  expect(nextAt(at("2026-11-21T16:00:00Z"), 18)).toBe(at("2026-11-21T17:00:00Z"));
  expect(nextAt(at("2026-11-21T17:00:00Z"), 18)).toBe(at("2026-11-22T17:00:00Z"));
  // The night in which the clocks go back.
  expect(nextAt(at("2026-10-24T15:00:00Z"), 9, 1)).toBe(at("2026-10-26T08:00:00Z"));
});
