// Days and spans on a line of time, in the zone of whoever looks. All times are Unix seconds.

export interface Span {
  begins: number;
  ends: number;
}

/** The midnights of so many days from the day of a moment on, and of the day after the last: days may be 23 or 25 h. */
export function midnights(moment: number, days: number): number[] {
  const first = new Date(moment * 1000);
  first.setHours(0, 0, 0, 0);
  return Array.from({ length: days + 1 }, (_, day) => {
    const next = new Date(first);
    next.setDate(first.getDate() + day);
    return next.getTime() / 1000;
  });
}

/** Where a span lies in a window, as shares of it; null where it is outside. */
export function placeIn(span: Span, window: Span): { left: number; width: number } | null {
  const begins = Math.max(span.begins, window.begins);
  const ends = Math.min(span.ends, window.ends);
  if (ends <= begins) return null;
  const length = window.ends - window.begins;
  return { left: (begins - window.begins) / length, width: (ends - begins) / length };
}

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const MINUTE = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** "Mon, 30 Nov, 09:00". */
export function formatDayAndMinute(time: number): string {
  const date = new Date(time * 1000);
  return `${DAY.format(date)}, ${MINUTE.format(date)}`;
}

/** "Mon" and "30" of a day. */
export function formatDay(time: number): { weekday: string; day: number } {
  const date = new Date(time * 1000);
  return { weekday: WEEKDAY.format(date), day: date.getDate() };
}

/** The next time at which the clock shows this hour, and so many days later. */
export function nextAt(moment: number, hour: number, daysLater = 0): number {
  const date = new Date(moment * 1000);
  date.setHours(hour, 0, 0, 0);
  if (date.getTime() / 1000 <= moment) date.setDate(date.getDate() + 1);
  date.setDate(date.getDate() + daysLater);
  return date.getTime() / 1000;
}
