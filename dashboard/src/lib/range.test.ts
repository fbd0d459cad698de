import { describe, expect, it } from "vitest";
import {
  fixedAt,
  isLive,
  parseRange,
  pointsFor,
  rangeSeconds,
  stepped,
  windowAt,
  withRange,
  zoomedOut,
  zoomWindow,
} from "./range";

describe("parseRange", () => {
  it("takes a preset, a fixed window, or both", () => {
    expect(parseRange({ range: "1h" })).toEqual({ range: "1h" });
    expect(parseRange({ from: "100", to: 200 })).toEqual({ from: 100, to: 200 });
    expect(parseRange({ from: 100, to: 200, range: "7d" })).toEqual({ from: 100, to: 200, range: "7d" });
  });

  it.each([
    {},
    { range: "1y" },
    { from: 1 },
    { from: 200, to: 100 },
    { from: "x", to: 5 },
    { from: 1, to: 2 },
    { from: 1, to: 9e12 },
    { from: Number.NEGATIVE_INFINITY, to: 1e9 },
  ])("leaves out what makes no sense: %o", (search) => {
    expect(parseRange(search)).toEqual({});
  });
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

describe("moving through time", () => {
  const search = { range: "15m", from: 1000, to: 1900 } as const;

  it("replaces the range of an address and nothing else", () => {
    expect(withRange({ ...search, core: 3 }, { range: "1h" })).toEqual({ range: "1h", core: 3 });
  });

  it("stands still at whole seconds and remembers the preset", () => {
    expect(fixedAt({}, { from: 10.4, to: 20.2 })).toEqual({ range: "5m", from: 10, to: 21 });
  });

  it("zooms out to the next preset while live, and not beyond the last", () => {
    expect(zoomedOut({}, 0)).toEqual({ range: "15m" });
    expect(zoomedOut({ range: "30d" }, 0)).toBeNull();
  });

  it("zooms a fixed window out around its middle, without the future", () => {
    expect(zoomedOut(search, 9000)).toEqual({ range: "15m", from: 550, to: 2350 });
    expect(zoomedOut(search, 2000)).toEqual({ range: "15m", from: 200, to: 2000 });
    expect(zoomedOut({ from: 0, to: 4e8 }, 4e8)).toBeNull();
  });

  it("steps by half a window, and forward into the present", () => {
    expect(stepped(search, search, -1, 9000)).toEqual({ range: "15m", from: 550, to: 1450 });
    expect(stepped(search, search, 1, 9000)).toEqual({ range: "15m", from: 1450, to: 2350 });
    expect(stepped(search, search, 1, 2000)).toEqual({ range: "15m" });
    expect(stepped(search, search, 1, 2400)).toEqual({ range: "15m" });
    expect(stepped({ range: "1h" }, { from: 1000, to: 1500 }, 1, 1600)).toEqual({ range: "1h", from: 1100, to: 1600 });
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
