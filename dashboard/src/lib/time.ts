import { duration } from "./units";

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const MINUTE = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** The instant `time` (Unix seconds) as a clock reading, with the date when the window is longer than a day. */
export function formatInstant(time: number, windowSeconds: number): string {
  const date = new Date(time * 1000);
  if (windowSeconds > 86_400) return `${DAY.format(date)} ${MINUTE.format(date)}`;
  return CLOCK.format(date);
}

/** The instant `time` (Unix seconds) with its date, to the second: what can be told to somebody else. */
export function formatMoment(time: number): string {
  const date = new Date(time * 1000);
  return `${DAY.format(date)}, ${CLOCK.format(date)}`;
}

/** Labels of a time axis whose ticks are `increment` seconds apart; a new day is named by its date. */
export function formatTick(time: number, increment: number): string {
  const date = new Date(time * 1000);
  if (increment >= 86_400 || (date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0)) {
    return DAY.format(date);
  }
  return increment < 60 ? CLOCK.format(date) : MINUTE.format(date);
}

/** "just now", "42 s ago", "3 h 5 min ago", or "never" for null. */
export function formatAgo(timestamp: string | null, now: number): string {
  if (timestamp === null) return "never";
  const age = now - Date.parse(timestamp) / 1000;
  return age < 3 ? "just now" : `${duration(age)} ago`;
}

/** Remaining time as "59:04"; never negative. */
export function formatCountdown(remainingSeconds: number): string {
  const left = Math.max(0, Math.floor(remainingSeconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

/** Unix seconds as the value of a `datetime-local` field, in the browser's zone. */
export function toLocalField(time: number): string {
  const date = new Date((time - new Date(time * 1000).getTimezoneOffset() * 60) * 1000);
  return date.toISOString().slice(0, 19);
}

/** The value of a `datetime-local` field as Unix seconds, or null when it is not a time. */
export function fromLocalField(value: string): number | null {
  const time = Date.parse(value) / 1000;
  return Number.isFinite(time) ? time : null;
}
