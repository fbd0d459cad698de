import { describe, expect, test } from "vitest";
import { partsOf, scaleOf, summarize, totalOf } from "./canary";

const flight = (seconds: Record<string, number>, lost = false) => ({
  sampled_at: "2026-03-02T12:00:00Z",
  lost,
  seconds,
});
const WHOLE = { judged: 0.5, recorded: 0.6, grouped: 1, noticed: 4, planned: 4.5, sent: 4.6, received: 5 };

describe("a canary's way", () => {
  test("is cut into parts that sum to the whole", () => {
    const parts = partsOf(flight(WHOLE));
    expect(parts.map((one) => Number(one.toFixed(3)))).toEqual([0.6, 3.4, 0.5, 0.5]);
    expect(totalOf(flight(WHOLE))).toBe(5);
  });

  test("ends where it was lost", () => {
    expect(partsOf(flight({ recorded: 0.5 }, true))).toEqual([0.5, 0, 0, 0]);
    expect(totalOf(flight({ recorded: 0.5 }, true))).toBeNull();
  });

  test("never goes back", () => {
    expect(partsOf(flight({ recorded: 2, noticed: 1.5, planned: 3, received: 3 }))).toEqual([2, 0, 1, 0]);
  });
});

test("a day is told in a line", () => {
  const flights = [flight({ received: 6 }), flight({ received: 4 }), flight({ received: 9 }), flight({}, true)];
  expect(summarize(flights)).toEqual({ received: 3, lost: 1, middle: 6, longest: 9 });
  expect(summarize([])).toEqual({ received: 0, lost: 0, middle: null, longest: null });
});

test("one that came late was not lost", () => {
  expect(summarize([flight({ received: 400 }, true)]).lost).toBe(0);
});

test("what is quick looks quick, and what is slow fits", () => {
  expect(scaleOf([flight({ received: 2 })])).toBe(10);
  expect(scaleOf([flight({ received: 31 })])).toBe(35);
});
