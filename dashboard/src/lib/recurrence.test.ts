import { describe, expect, it } from "vitest";
import { inZone, readRepeat, repeatWords, writeRepeat } from "./recurrence";

describe("recurrence", () => {
  it.each([
    ["", "Once"],
    ["FREQ=DAILY", "Every day"],
    ["FREQ=DAILY;INTERVAL=3", "Every 3 days"],
    ["FREQ=WEEKLY;BYDAY=TU,TH", "Every week on Tue, Thu"],
    ["FREQ=WEEKLY;INTERVAL=2", "Every 2 weeks"],
    ["FREQ=MONTHLY;BYMONTHDAY=22", "On the 22nd of every month"],
    ["FREQ=MONTHLY;BYMONTHDAY=13", "On the 13th of every month"],
    ["FREQ=MONTHLY;BYMONTHDAY=-1", "On the last day of every month"],
    ["FREQ=MONTHLY;BYDAY=1SA", "On the first Saturday of every month"],
    ["FREQ=MONTHLY;BYDAY=-1SU", "On the last Sunday of every month"],
  ])("says %s in words, and writes it back", (rule, words) => {
    expect(repeatWords(rule)).toBe(words);
    expect(writeRepeat(readRepeat(rule))).toBe(rule);
  });

  it.each([
    "FREQ=YEARLY",
    "FREQ=DAILY;COUNT=3",
    "FREQ=WEEKLY;BYDAY=1SA",
    "FREQ=MONTHLY;BYDAY=1SA;INTERVAL=2",
    "FREQ=MONTHLY;BYMONTHDAY=1,15",
    "FREQ=MONTHLY;BYDAY=5SA",
    "FREQ=DAILY;INTERVAL=0",
    "nonsense",
  ])("keeps %s, which no choice can say", (rule) => {
    expect(readRepeat(rule)).toEqual({ kind: "rule", text: rule });
    expect(writeRepeat(readRepeat(rule))).toBe(rule);
  });

  it("writes days in the week's order", () => {
    expect(writeRepeat({ kind: "weekly", every: 1, days: ["SU", "MO"] })).toBe("FREQ=WEEKLY;BYDAY=MO,SU");
  });

  it("shows the offset that holds in the zone at that moment", () => {
    expect(inZone("2026-03-22T01:30:00Z", "Europe/Berlin")).toBe("Sun, 22 Mar 2026, 02:30 GMT+1");
    expect(inZone("2026-04-05T00:30:00Z", "Europe/Berlin")).toBe("Sun, 5 Apr 2026, 02:30 GMT+2");
  });
});
