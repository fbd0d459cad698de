import { describe, expect, it } from "vitest";
import { sparklinePath } from "./sparkline";

describe("sparklinePath", () => {
  it("spreads the values over width and height", () => {
    expect(sparklinePath([0, 5, 10], [0, 0.5, 1], 100, 24, 1).line).toBe("M0.0 23.0L50.0 12.0L100.0 1.0");
  });

  it("breaks the line and its area where there is no data", () => {
    const { line, area } = sparklinePath([0, 5, 10, 15], [1, 1, null, 1], 90, 24, 1);
    expect(line.match(/M/g)).toHaveLength(2);
    expect(area.match(/Z/g)).toHaveLength(2);
  });

  it("draws nothing of nothing, and no value outside the box", () => {
    expect(sparklinePath([], [], 100, 24)).toEqual({ line: "", area: "" });
    expect(sparklinePath([0, 1], [5, -5], 100, 24, 1).line).toBe("M0.0 1.0L100.0 23.0");
  });
});
