import { expect, test } from "vitest";
import { clustered, listedTime, MAX_LISTED, windowAround } from "./agent-events";
import { parseAgentSearch } from "./agent-search";

const NOW = 1_000_000;

test("a longer time than the hub lists is cut at its begin", () => {
  expect(listedTime({ from: 100, to: 700 })).toEqual({ start: 100, end: 700 });
  expect(listedTime({ from: 0, to: MAX_LISTED + 50 })).toEqual({ start: 50, end: MAX_LISTED + 50 });
  expect(listedTime({ from: -5, to: 100 })).toEqual({ start: 0, end: 100 });
});

test("around a moment ten minutes are shown, but no future", () => {
  expect(windowAround(NOW - 5000, NOW - 5000, NOW)).toEqual({ from: NOW - 5300, to: NOW - 4700 });
  expect(windowAround(NOW - 60, NOW - 60, NOW)).toEqual({ from: NOW - 600, to: NOW });
});

test("what took long is shown as a whole, with room beside it, up to a day of it", () => {
  expect(windowAround(NOW - 9000, NOW - 5000, NOW)).toEqual({ from: NOW - 10_000, to: NOW - 4000 });
  expect(windowAround(NOW - 4000, null, NOW)).toEqual({ from: NOW - 5000, to: NOW });
  expect(windowAround(0, 500_000, NOW)).toEqual({ from: -21_600, to: 108_000 });
});

test("what an agent sends from a clock ahead still has a time around it", () => {
  const { from, to } = windowAround(NOW + 50, null, NOW);
  expect(from).toBeLessThan(NOW + 50);
  expect(to).toBeGreaterThanOrEqual(NOW + 50);
});

test("what begins close together is one group", () => {
  const at = (...times: number[]) => times.map((one) => ({ at: one }));
  expect(clustered(at(30, 0, 10, 11), 10)).toEqual([at(0, 10), at(11), at(30)]);
  expect(clustered([], 10)).toEqual([]);
});

test("the address keeps known kinds alone", () => {
  expect(parseAgentSearch({ events: ["alert", "nonsense", 7] })).toEqual({ events: ["alert"] });
  expect(parseAgentSearch({ events: "gap" })).toEqual({ events: ["gap"] });
  expect(parseAgentSearch({ events: { kind: "alert" } })).toEqual({});
});
