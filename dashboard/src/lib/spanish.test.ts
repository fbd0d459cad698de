import { i18n } from "@lingui/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatCount, joined } from "./language";
import { describeAmount } from "./rule-words";
import { machines } from "./run-words";
import { formatDayAndMinute, formatMoment } from "./time";
import { duration, formatAxisValue, formatValue } from "./units";
import { DEFAULT_STYLE, timeStyle } from "./zone";

const before = { locale: i18n.locale, locales: i18n.locales ?? [] };
const speak = (said: typeof before) => {
  i18n.loadAndActivate({ ...said, messages: {} });
  timeStyle.set({ zone: "UTC", hours: 12 });
  timeStyle.set({ zone: "UTC", hours: 24 });
};

beforeAll(() => speak({ locale: "es", locales: ["es-ES"] }));
afterAll(() => {
  speak(before);
  timeStyle.set(DEFAULT_STYLE);
});

describe("in Spanish", () => {
  it.each([
    [0.382, "%", "38,2 %"],
    [12.4 * 1024 ** 2, "By/s", "12,4 MiB/s"],
    [1250, "{packet}/s", "1,25k/s"],
    [42.5, "", "42,5"],
    [2.5, "s", "2,50 s"],
    [3, "", "3"],
  ])("%d in %s is %s", (value, unit, text) => expect(formatValue(value, unit)).toBe(text));

  it("axes leave out the zeros that say nothing", () => {
    expect(formatAxisValue(0.2, "%")).toBe("20 %");
    expect(formatAxisValue(0.125, "%")).toBe("12,5 %");
    expect(formatAxisValue(100, "")).toBe("100");
  });

  it("thresholds and lengths of time have its marks", () => {
    expect(describeAmount({ value: 1.5 })).toBe("1,5");
    expect(duration(725)).toBe("12 min 5 s");
  });

  it("counts have its points, in sentences too", () => {
    expect(formatCount(1234567)).toBe("1.234.567");
    expect(machines(12_345)).toContain("12.345");
  });

  it("names are joined with its words", () => {
    expect(joined(["web", "db", "cache"])).toBe("web, db y cache");
    expect(joined(["web", "db"], "disjunction")).toBe("web o db");
  });

  it("days and months have its names", () => {
    const monday = Date.parse("2026-11-30T09:00:00Z") / 1000;
    expect(formatDayAndMinute(monday)).toBe("lun, 30 nov, 09:00");
    expect(formatMoment(monday)).toContain("30 nov, 09:00:00");
  });
});

it("a region that writes numbers otherwise is heeded", () => {
  speak({ locale: "es", locales: ["es-MX"] });
  expect(formatValue(42.5, "")).toBe("42.5");
  expect(formatCount(1234567)).toBe("1,234,567");
});
