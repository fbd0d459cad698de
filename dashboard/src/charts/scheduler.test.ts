import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { cancelDraw, drawNextFrame } from "./scheduler";

let frames: FrameRequestCallback[] = [];
beforeEach(() => {
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (frame: FrameRequestCallback) => frames.push(frame));
});
afterEach(() => {
  vi.unstubAllGlobals();
});
const nextFrame = () => {
  for (const frame of frames.splice(0)) frame(0);
};

it("draws once a frame, however often it is asked for, and asks for one frame for all charts", () => {
  const [first, second] = [vi.fn(), vi.fn()];
  for (let ask = 0; ask < 100; ask += 1) {
    drawNextFrame(first);
    drawNextFrame(second);
  }
  expect(frames).toHaveLength(1);
  nextFrame();
  expect(first).toHaveBeenCalledTimes(1);
  expect(second).toHaveBeenCalledTimes(1);
  nextFrame();
  expect(first).toHaveBeenCalledTimes(1);
});

it("draws nothing for a chart that is gone", () => {
  const gone = vi.fn();
  drawNextFrame(gone);
  cancelDraw(gone);
  nextFrame();
  expect(gone).not.toHaveBeenCalled();
});
