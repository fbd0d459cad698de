import { describe, expect, it } from "vitest";
import { type DiskReport, diskWarning } from "./disk-warning";

const NOW = Date.parse("2026-11-21T03:00:00Z");
const fine: DiskReport = {
  disk: { state: "ok", accepting: true, free_bytes: 5e9, database_bytes: null },
  shortened: [],
};

function report(disk: Partial<DiskReport["disk"]>, ...shortened: string[]): DiskReport {
  return { disk: { ...fine.disk, ...disk }, shortened: shortened.map((time) => ({ time, target: "partition:x" })) };
}

describe("what is said of the hub's disk", () => {
  it("is nothing while there is room", () => {
    expect(diskWarning(fine, NOW)).toBeNull();
    expect(diskWarning(report({}, "2026-11-19T03:00:00Z"), NOW)).toBeNull();
  });

  it("is that history will go, or went", () => {
    expect(diskWarning(report({ state: "low" }), NOW)?.text).toContain("will be removed");
    const went = diskWarning(report({}, "2026-11-21T02:00:00Z", "2026-11-20T22:00:00Z"), NOW);
    expect(went?.text).toContain("The 2 oldest parts");
    expect(went?.severe).toBe(false);
  });

  it("is before all else that nothing is stored", () => {
    const warning = diskWarning(report({ state: "low", accepting: false }, "2026-11-21T02:00:00Z"), NOW);
    expect(warning?.severe).toBe(true);
    expect(warning?.text).toContain("nothing is stored");
  });

  it("names the room that is known", () => {
    expect(diskWarning(report({ state: "low" }), NOW)?.text).toMatch(/free\)/);
    expect(diskWarning(report({ state: "low", free_bytes: null, database_bytes: 2e9 }), NOW)?.text).toMatch(/used\)/);
    expect(diskWarning(report({ state: "low", free_bytes: null }), NOW)?.text).not.toContain("(");
  });
});
