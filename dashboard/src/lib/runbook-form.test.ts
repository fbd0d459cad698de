import { describe, expect, it } from "vitest";
import {
  draftOf,
  emptyDraft,
  formOf,
  lengthText,
  type RunbookForm,
  sameDraft,
  secondsOf,
  typedValue,
} from "./runbook-form";

const WHOLE: RunbookForm = {
  name: "Restart the web server",
  description: "Restarts nginx\nwhen it hangs.",
  mode: "automatic",
  on: "type=web environment=production",
  triggers: [
    { alert: "Web server down", event: "firing", severity: ["critical"] },
    { schedule: "FREQ=DAILY", starts: "2026-01-01T03:00", zone: "Europe/Berlin" },
  ],
  when: "app.requests < 1 for 10s",
  steps: [
    { action: "service.restart", params: { unit: "nginx" }, timeout: "1m" },
    { action: "script", params: { name: "warm-cache", site: "$label.site", deep: true, count: 3 } },
  ],
  expect: "app.requests > 10 for 30s",
  within: "2m",
  worse: "absent(agent) for 30s",
  undo: [{ action: "service.start", params: { unit: "nginx" } }],
  limits: { cooldown: "10m", per_hour: 6, fleet_per_hour: 20, at_once: 5 },
  breaker: { after: 3, within: "1h" },
  approve_within: "1h",
};

describe("runbooks between the hub and the fields", () => {
  it("come back as they were", () => expect(formOf(draftOf(WHOLE))).toEqual(WHOLE));

  it("have the hub's defaults where nothing is said", () => {
    expect(formOf(draftOf({ name: "x", steps: [{ action: "script" }] }))).toEqual({
      name: "x",
      mode: "suggest",
      steps: [{ action: "script" }],
      within: "2m",
      limits: { cooldown: "10m", per_hour: 6, fleet_per_hour: 20, at_once: 5 },
      breaker: { after: 3, within: "1h" },
      approve_within: "1h",
    });
  });

  it("are the same whatever the keys of their lists", () => {
    expect(sameDraft(draftOf(WHOLE), draftOf(WHOLE))).toBe(true);
    const changed = draftOf(WHOLE);
    changed.steps.reverse();
    expect(sameDraft(changed, draftOf(WHOLE))).toBe(false);
  });

  it("begin with one step", () => expect(emptyDraft().steps).toHaveLength(1));

  it("share nothing with what they were made of", () => {
    const draft = draftOf(WHOLE);
    const [step] = draft.steps;
    if (step !== undefined) step.params.unit = "apache2";
    expect(WHOLE.steps[0]?.params?.unit).toBe("nginx");
  });
});

describe("lengths of time", () => {
  it.each([
    [0, "0s"],
    [59, "59s"],
    [60, "1m"],
    [90, "90s"],
    [7200, "2h"],
    [604_800, "7d"],
  ])("%i s is %s", (seconds, text) => {
    expect(lengthText(seconds)).toBe(text);
    expect(secondsOf(text, -1)).toBe(seconds);
  });

  it("are what was meant before where they are none", () => expect(secondsOf("soon", 5)).toBe(5));
});

describe("typedValue", () => {
  it.each([
    ["3", "integer", 3],
    ["3.5", "integer", "3.5"],
    ["$label.count", "integer", "$label.count"],
    ["3", "string", "3"],
    ["true", "boolean", true],
    ["true", "string", "true"],
    ["99999999999999999999", "integer", "99999999999999999999"],
  ] as const)("%s as %s", (text, type, expected) => expect(typedValue(text, type)).toBe(expected));
});
