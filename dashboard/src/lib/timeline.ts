// Days and spans on a line of time, in the zone that is shown. All times are Unix seconds.
import { fromWallClock, wallClock } from "./zone";

const DAY = 86_400;

/** The midnight before a moment, as the wall clock has it. */
function dayOf(moment: number): number {
  return Math.floor(wallClock(moment).getTime() / 1000 / DAY) * DAY;
}

export interface Span {
  begins: number;
  ends: number;
}

/** The midnights of so many days from the day of a moment on, and of the day after the last: days may be 23 or 25 h. */
export function midnights(moment: number, days: number): number[] {
  const first = dayOf(moment);
  return Array.from({ length: days + 1 }, (_, day) => fromWallClock(first + day * DAY));
}

/** Where a span lies in a window, as shares of it; null where it is outside. */
export function placeIn(span: Span, window: Span): { left: number; width: number } | null {
  const begins = Math.max(span.begins, window.begins);
  const ends = Math.min(span.ends, window.ends);
  if (ends <= begins) return null;
  const length = window.ends - window.begins;
  return { left: (begins - window.begins) / length, width: (ends - begins) / length };
}

/** The next time at which the clock shows this hour, and so many days later. */
export function nextAt(moment: number, hour: number, daysLater = 0): number {
  const today = dayOf(moment) + hour * 3600;
  const next = fromWallClock(today) <= moment ? today + DAY : today;
  return fromWallClock(next + daysLater * DAY);
}
