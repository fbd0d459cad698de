import { describe, expect, it } from "vitest";
import { keyAct } from "./keys";

const view = { from: 100, to: 200, times: [90, 110, 120, 130, 190], at: null as number | null };
const press = (key: string, over: Partial<typeof view> = {}, shift = false, zoomable = true) =>
  keyAct(key, shift, { ...view, ...over }, zoomable);

describe("keys of a chart", () => {
  it("arrows read the points in the window, one by one, and stop at its ends", () => {
    expect(press("ArrowRight")).toEqual({ kind: "point", time: 110 });
    expect(press("ArrowLeft")).toEqual({ kind: "point", time: 190 });
    expect(press("ArrowRight", { at: 120 })).toEqual({ kind: "point", time: 130 });
    expect(press("ArrowLeft", { at: 110 })).toEqual({ kind: "point", time: 110 });
    expect(press("End", { at: 110 })).toEqual({ kind: "point", time: 190 });
    expect(press("ArrowRight", { times: [] })).toEqual({ kind: "none" });
  });

  it("Shift with arrows moves through time", () => {
    expect(press("ArrowLeft", {}, true)).toEqual({ kind: "window", window: { from: 75, to: 175 } });
    expect(press("ArrowRight", { at: 120 }, true)).toEqual({ kind: "window", window: { from: 125, to: 225 } });
  });

  it("plus and minus zoom around what is read", () => {
    expect(press("+", { at: 120 })).toEqual({ kind: "window", window: { from: 110, to: 160 } });
    expect(press("-")).toEqual({ kind: "window", window: { from: 50, to: 250 } });
    expect(press("+", { from: 100, to: 106 })).toEqual({ kind: "none" });
  });

  it("Escape resets, and where the time is given nothing else than reading works", () => {
    expect(press("Escape")).toEqual({ kind: "reset" });
    expect(press("Escape", {}, false, false)).toEqual({ kind: "reset" });
    expect(press("+", {}, false, false)).toEqual({ kind: "none" });
    expect(press("ArrowLeft", {}, true, false)).toEqual({ kind: "none" });
    expect(press("a")).toEqual({ kind: "none" });
  });
});
