import { describe, expect, it } from "vitest";
import { describeLabels, matchesLabels, seriesKey } from "./series";

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
});
