import { describe, expect, it } from "vitest";
import { dayCount, forecastWords } from "./storage-words";

const GIB = 2 ** 30;
const tier = (perDay: number | null) => ({
  bytes: GIB,
  bytes_per_day: perDay,
  settled_bytes: perDay === null ? null : 2 * GIB,
});

describe("how long the room lasts", () => {
  it.each([
    [{ tiers: [tier(1)], room_bytes: null, full_in_days: null }, "PostgreSQL runs elsewhere", "none"],
    [{ tiers: [tier(null)], room_bytes: 3 * GIB, full_in_days: null }, "known after a whole day", "none"],
    [{ tiers: [tier(1), tier(null)], room_bytes: 3 * GIB, full_in_days: null }, "takes about 3.00 GiB", "none"],
    [{ tiers: [tier(1)], room_bytes: 3 * GIB, full_in_days: 0.4 }, "within a day", "urgent"],
    [{ tiers: [tier(1)], room_bytes: 3 * GIB, full_in_days: 20.2 }, "in about 20 days", "soon"],
    [{ tiers: [tier(1)], room_bytes: 3 * GIB, full_in_days: 400 }, "in about 400 days", "none"],
  ])("%o", (measured, part, concern) => {
    const forecast = forecastWords(measured);
    expect(forecast.text).toContain(part);
    expect(forecast.concern).toBe(concern);
  });

  it("counts years where days say less", () => {
    expect([1, 30, 365, 1825].map(dayCount)).toEqual(["1 day", "30 days", "365 days", "5 years"]);
  });
});
