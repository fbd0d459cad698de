// What keys do in a chart that has the focus.
import { MIN_WINDOW, type TimeWindow } from "@/lib/range";
import { nearestRow } from "./prepare";

/** How much of the window Shift with an arrow moves by. */
const PAN_SHARE = 0.25;

export type KeyAct =
  | { kind: "point"; time: number }
  | { kind: "window"; window: TimeWindow }
  | { kind: "reset" }
  | { kind: "none" };

interface KeyView extends TimeWindow {
  /** Times of the points drawn, ascending, in Unix seconds. */
  times: readonly number[];
  /** The moment that is read, if any. */
  at: number | null;
}

const NONE: KeyAct = { kind: "none" };

function pointAt(times: readonly number[], row: number): KeyAct {
  const time = times[Math.min(times.length - 1, Math.max(0, row))];
  return time === undefined ? NONE : { kind: "point", time };
}

/** Makes the window shorter or longer around the moment that is read, or its middle. */
function zoomed({ from, to, at }: KeyView, factor: number): KeyAct {
  const center = at ?? (from + to) / 2;
  const window = { from: center - (center - from) * factor, to: center + (to - center) * factor };
  return window.to - window.from < MIN_WINDOW ? NONE : { kind: "window", window };
}

/** What a key asks for; `zoomable` is whether another time can be shown. */
export function keyAct(key: string, shift: boolean, view: KeyView, zoomable: boolean): KeyAct {
  const times = view.times.filter((time) => time >= view.from && time <= view.to);
  const direction = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (direction !== undefined && !shift) {
    if (view.at === null) return pointAt(times, direction === 1 ? 0 : times.length - 1);
    return pointAt(times, nearestRow(times, view.at) + direction);
  }
  if (key === "Home") return pointAt(times, 0);
  if (key === "End") return pointAt(times, times.length - 1);
  if (!zoomable) return key === "Escape" ? { kind: "reset" } : NONE;
  if (direction !== undefined) {
    const by = (view.to - view.from) * PAN_SHARE * direction;
    return { kind: "window", window: { from: view.from + by, to: view.to + by } };
  }
  if (key === "+" || key === "=") return zoomed(view, 0.5);
  if (key === "-" || key === "_") return zoomed(view, 2);
  return key === "Escape" ? { kind: "reset" } : NONE;
}
