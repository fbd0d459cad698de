import { describe, expect, it } from "vitest";
import type { Rollout } from "@/api/types";
import { isFailure, isOpen, standing, tally } from "./rollouts";

const ROLLOUT: Rollout = {
  id: 1,
  version: "2.0",
  state: "running",
  reason: "",
  ring: 0,
  rings: [
    { agents: 1, states: { confirmed: 1 } },
    { agents: 9, states: { waiting: 9 } },
  ],
  soak_s: 600,
  max_failures: 0,
  next_ring_at: null,
  created_by: "admin",
  created_at: "2026-01-01T00:00:00Z",
  changed_at: "2026-01-01T00:00:00Z",
};
const NOW = Date.parse("2026-01-01T00:00:00Z") / 1000;

describe("tally", () => {
  it("puts every state into one of four", () => {
    const states = { waiting: 1, asked: 2, downloading: 1, staged: 1, applying: 1, confirmed: 5, refused: 1, lost: 2 };
    expect(tally(states)).toEqual({ total: 14, confirmed: 5, failed: 3, busy: 5, waiting: 1 });
    expect(tally({})).toEqual({ total: 0, confirmed: 0, failed: 0, busy: 0, waiting: 0 });
  });
});

describe("standing", () => {
  it("says what comes next", () => {
    const at = (seconds: number) => new Date((NOW + seconds) * 1000).toISOString();
    expect(standing({ ...ROLLOUT, next_ring_at: at(541) }, NOW)).toContain("in 10 minutes");
    expect(standing({ ...ROLLOUT, next_ring_at: at(-5) }, NOW)).toContain("in a minute");
    expect(standing({ ...ROLLOUT, ring: 1 }, NOW)).toContain("when they come back");
  });
  it("says why it ended", () => {
    expect(standing({ ...ROLLOUT, state: "halted", reason: "1 failed." }, NOW)).toBe(
      "Halted in ring 1 of 2: 1 failed.",
    );
    expect(isOpen({ state: "halted" })).toBe(false);
    expect(isOpen({ state: "paused" })).toBe(true);
    expect(isFailure("reverted")).toBe(true);
    expect(isFailure("confirmed")).toBe(false);
  });
});
