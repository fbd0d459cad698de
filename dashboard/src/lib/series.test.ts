import { describe, expect, it } from "vitest";
import { describeGap, describeLabels, matchesLabels, seriesKey } from "./series";

describe("series", () => {
  it("has one key for equal labels in any order", () => {
    expect(seriesKey("m", { b: "2", a: "1" })).toBe(seriesKey("m", { a: "1", b: "2" }));
    expect(seriesKey("m", {})).not.toBe(seriesKey("m", { a: "" }));
  });

  it("matches labels that are there, and labels that must not be", () => {
    const meta = { metric: "m", unit: "", kind: "gauge", labels: { state: "idle", cpu: "0" } };
    expect(matchesLabels(meta, { state: "idle" })).toBe(true);
    expect(matchesLabels(meta, { cpu: null })).toBe(false);
    expect(matchesLabels(meta, { device: null, cpu: "0" })).toBe(true);
  });

  it.each([
    [{}, "value"],
    [{ device: "eth0" }, "eth0"],
    [{ direction: "in", device: "eth0" }, "device=eth0 direction=in"],
  ])("describes %o as %s", (labels, text) => {
    expect(describeLabels(labels)).toBe(text);
  });

  it.each([
    [undefined, "No data"],
    [{ from: 0, to: 1, reason: "no data", lost_frames: 0 }, "No data"],
    [{ from: 0, to: 1, reason: "agent not running", lost_frames: 0 }, "No data: agent not running"],
    [{ from: 0, to: 1, reason: "spool overflow", lost_frames: 1300 }, "No data: spool overflow, 1,300 frames lost"],
    [{ from: 0, to: 1, reason: "rejected", lost_frames: 1 }, "No data: rejected, 1 frame lost"],
    [{ from: 0, to: 1, reason: "frames lost", lost_frames: 3 }, "No data: 3 frames lost"],
  ])("says why there is no data: %o", (gap, text) => {
    expect(describeGap(gap)).toBe(text);
  });
});
