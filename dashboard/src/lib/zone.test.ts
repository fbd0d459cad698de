import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatInstant, formatMoment, formatTick, fromLocalField, toLocalField } from "./time";
import { nextAt } from "./timeline";
import { DEFAULT_STYLE, localDate, parseTimeStyle, timeStyle, zoneNames, zoneOffset } from "./zone";

const browser = process.env.TZ;
const at = (iso: string) => Date.parse(iso) / 1000;
beforeEach(() => {
  process.env.TZ = "Europe/Berlin";
});
afterEach(() => {
  process.env.TZ = browser;
  timeStyle.set(DEFAULT_STYLE);
});

describe("parseTimeStyle", () => {
  it("takes what was kept", () => {
    expect(parseTimeStyle('{"zone":"Asia/Tokyo","hours":12}')).toEqual({ zone: "Asia/Tokyo", hours: 12 });
  });

  it.each([null, "", "{", "null", "7", "[]", '{"zone":"Mars/Base","hours":13}', '{"zone":{},"hours":"12"}'])(
    "is the default for %s",
    (text) => expect(parseTimeStyle(text)).toEqual(DEFAULT_STYLE),
  );
});

describe("a chosen zone", () => {
  it("moves clocks, fields and ticks, and says so where a moment is told", () => {
    const noon = at("2026-07-01T12:00:00Z");
    timeStyle.set({ zone: "Europe/Berlin", hours: 24 });
    expect(formatInstant(noon, 60)).toContain("14:00:00");
    expect(formatMoment(noon)).not.toContain("GMT");
    timeStyle.set({ zone: "Asia/Kolkata", hours: 24 });
    expect(formatInstant(noon, 60)).toContain("17:30:00");
    expect(formatMoment(noon)).toMatch(/17:30:00.* (GMT\+5:30|IST)$/);
    expect(toLocalField(noon)).toBe("2026-07-01T17:30:00");
    expect(fromLocalField("2026-07-01T17:30:00")).toBe(noon);
    expect(fromLocalField("soon")).toBeNull();
    expect(formatTick(at("2026-07-01T18:30:00Z"), 3600)).toContain("2");
    expect(formatTick(at("2026-07-01T18:30:00Z"), 3600)).not.toContain(":");
    expect(localDate(noon).getHours()).toBe(17);
  });

  it("follows summer time on both sides of each change, whatever the browser's zone does", () => {
    timeStyle.set({ zone: "America/New_York", hours: 24 });
    expect(zoneOffset(at("2026-11-01T05:59:59Z"))).toBe(-4 * 3600);
    expect(zoneOffset(at("2026-11-01T06:00:00Z"))).toBe(-5 * 3600);
    expect(fromLocalField("2026-11-02T09:00")).toBe(at("2026-11-02T14:00:00Z"));
    expect(nextAt(at("2026-10-31T20:00:00Z"), 9, 1)).toBe(at("2026-11-02T14:00:00Z"));
    expect(toLocalField(at("2026-03-08T07:00:00Z"))).toBe("2026-03-08T03:00:00");
  });

  it("shows a clock of twelve hours to whom it was chosen", () => {
    timeStyle.set({ zone: "UTC", hours: 12 });
    expect(formatInstant(at("2026-07-01T00:05:00Z"), 60)).toMatch(/12:05:00\s?AM/i);
  });

  it("can be any that the browser knows", () => {
    expect(zoneNames()).toContain("UTC");
    expect(zoneNames().length).toBeGreaterThan(300);
  });
});
