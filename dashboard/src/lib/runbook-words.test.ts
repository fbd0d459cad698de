import { describe, expect, it } from "vitest";
import { breakerWords, limitsWords, placeWords, triggersWords, triggerWords } from "./runbook-words";

describe("triggers", () => {
  it("are by hand where there are none", () => expect(triggersWords([])).toBe("By hand only"));

  it.each([
    [{ alert: "Web down", severity: ["critical" as const] }, "When “Web down” fires (critical)"],
    [{ alert: "*", event: "resolved" as const }, "When any alert is over"],
    [{ schedule: "FREQ=WEEKLY;BYDAY=MO", starts: "2026-01-05T03:00", zone: "UTC" }, "Every week on Mon at 03:00 (UTC)"],
  ])("%o", (trigger, words) => expect(triggerWords(trigger)).toBe(words));

  it("stand in one line", () =>
    expect(triggersWords([{ alert: "A" }, { alert: "B" }])).toBe("When “A” fires, or when “B” fires"));
});

describe("placeWords", () => {
  it.each([
    ["steps[1].params.unit", "Step 2, parameter unit"],
    ["undo[0].action", "Undo step 1, action"],
    ["triggers[2].starts", "Trigger 3, starts"],
    ["limits.per_hour", "Limits, per hour"],
    ["on", "Machines"],
    ["", ""],
  ])("%s is %s", (path, words) => expect(placeWords(path)).toBe(words));
});

describe("what guards a runbook", () => {
  it("says limits in a sentence", () =>
    expect(limitsWords({ cooldown: 600, perHour: 1, fleetPerHour: 20, atOnce: 5 })).toBe(
      "On one machine at most once an hour, and not within 10 min after a run ended; on all together at most 20 times an hour, on 5 at once.",
    ));

  it("says the breaker in a sentence", () =>
    expect(breakerWords({ after: 3, within: 3600 })).toContain("begun 3 times on one machine within 1 h"));
});
