import { describe, expect, it } from "vitest";
import { isLive, parseRange, pointsFor, rangeSeconds, windowAt, zoomWindow } from "./range";

describe("parseRange", () => {
  it("takes a preset, a fixed window, or both", () => {
    expect(parseRange({ range: "1h" })).toEqual({ range: "1h" });
    expect(parseRange({ from: "100", to: 200 })).toEqual({ from: 100, to: 200 });
    expect(parseRange({ from: 100, to: 200, range: "7d" })).toEqual({ from: 100, to: 200, range: "7d" });
  });

  it.each([{}, { range: "1y" }, { from: 1 }, { from: 200, to: 100 }, { from: "x", to: 5 }, { from: 1, to: 2 }])(
    "leaves out what makes no sense: %o",
    (search) => {
      expect(parseRange(search)).toEqual({});
    },
  );
});

describe("windows", () => {
  it("a preset ends at the present", () => {
    expect(isLive({ range: "15m" })).toBe(true);
    expect(windowAt({ range: "15m" }, 10_000)).toEqual({ from: 9100, to: 10_000 });
  });

  it("a fixed window stays, and says how long it is", () => {
    const fixed = { range: "15m", from: 10, to: 70 } as const;
    expect(isLive(fixed)).toBe(false);
    expect(windowAt(fixed, 10_000)).toEqual({ from: 10, to: 70 });
    expect(rangeSeconds(fixed)).toBe(60);
  });

  it("a drag in either direction selects whole seconds", () => {
    expect(zoomWindow(200.7, 100.2)).toEqual({ from: 100, to: 201 });
  });

  it("a drag of a moment is widened around it", () => {
    const { from, to } = zoomWindow(100.2, 100.9);
    expect(to - from).toBe(5);
    expect(from).toBeLessThanOrEqual(100);
    expect(to).toBeGreaterThanOrEqual(101);
  });
});

describe("pointsFor", () => {
  it("asks for every second of a short window and for one point a pixel of a long one", () => {
    expect(pointsFor(900, 390)).toBe(901);
    expect(pointsFor(86_400, 640)).toBe(640);
    expect(pointsFor(86_400, 5000)).toBe(1000);
    expect(pointsFor(86_400, 10)).toBe(200);
  });
});
