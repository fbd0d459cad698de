import { describe, expect, it } from "vitest";
import { filled, stepsWords } from "./run-steps";

describe("stepsWords", () => {
  it("says in a line what would be done, and not what would undo it", () => {
    const steps = [
      { undo: false, action: "service.restart", params: { unit: "$label.unit" } },
      { undo: false, action: "script", params: { name: "warm-cache" } },
      { undo: true, action: "service.start", params: { unit: "nginx" } },
    ];
    expect(stepsWords({ steps, labels: { unit: "nginx" } })).toBe("Restart service nginx, then run script warm-cache");
  });
});

describe("filled", () => {
  it("leaves what no label stands for", () =>
    expect(filled({ a: "$label.b", c: 3, d: true, e: "x$label.b" }, {})).toEqual({
      a: "$label.b",
      c: 3,
      d: true,
      e: "x$label.b",
    }));
});
