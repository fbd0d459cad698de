import { describe, expect, it } from "vitest";
import { type Evidence, evidenceOf, evidenceWords, newestAfter } from "./run-evidence";

const SINCE = "2026-01-01T00:00:00+00:00";
const seen = (second: number, holds = true, known = true) => ({
  labels: {},
  value: 12,
  threshold: 10,
  at: `2026-01-01T00:00:0${second}+00:00`,
  known,
  holds,
});
const evidence = (changes: Partial<Evidence>): Evidence => ({
  condition: "app.requests > 10",
  truth: "holds",
  every: true,
  resolved: false,
  since: SINCE,
  first: SINCE,
  ...changes,
});

describe("evidenceWords", () => {
  it.each([
    [{ series: [seen(1), seen(4), seen(2)] }, "3 of 3 series, newest sample 4 s after the last step"],
    [{ series: [seen(1), seen(4, false)] }, "1 of 2 series, newest sample 4 s after the last step"],
    [
      { series: [seen(0)], more: 5 },
      "1 of the first 1 of 6 series, newest sample less than a second after the last step",
    ],
    [{ series: [seen(3, true, false)] }, "0 of 1 series, no sample came since"],
    [{ series: [] }, "There is no such series"],
    [
      { resolved: true, series: [seen(2, false)] },
      "The alert’s condition does not hold, newest sample 2 s after the last step",
    ],
    [{ at: null, parts: [] }, "No sample came since the last step"],
    [{ at: "2026-01-01T00:01:00+00:00", parts: [] }, "Newest sample 1 min after the last step"],
  ] as const)("%o", (changes, words) => {
    const given = changes as unknown as Partial<Evidence>;
    expect(evidenceWords(evidence(given), "expect")).toBe(words);
  });
});

describe("newestAfter", () => {
  it("counts nothing that was sampled before", () => {
    expect(newestAfter(evidence({ series: [{ ...seen(0), at: "2025-12-31T23:59:59+00:00" }] }))).toBeNull();
  });
});

describe("evidenceOf", () => {
  it("finds none where nothing was looked at", () => expect(evidenceOf({})).toBeNull());
  it("finds what was kept", () => expect(evidenceOf({ ...evidence({}) })?.condition).toBe("app.requests > 10"));
});
