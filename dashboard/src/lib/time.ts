import { t } from "@lingui/core/macro";
import { locale } from "./language";
import { duration } from "./units";
import { fromWallClock, isForeignZone, type TimeStyle, timeStyle, wallClock } from "./zone";

const DAY = { day: "numeric", month: "short" } as const;

/** The shapes in which times are shown, by the clock that was chosen. */
function shapesOf({ hours }: TimeStyle) {
  const hour = { hour: hours === 12 ? "numeric" : "2-digit", hourCycle: hours === 12 ? "h12" : "h23" } as const;
  const minute = { ...hour, minute: "2-digit" } as const;
  return {
    clock: { ...minute, second: "2-digit" },
    minute,
    day: DAY,
    weekday: { weekday: "short" },
    weekdayAndDay: { weekday: "short", ...DAY },
    dayOfYear: { ...DAY, year: "numeric" },
    zoneName: { timeZoneName: "short" },
  } as const;
}

/** What writes each shape. To make one takes milliseconds, so each is made when it is wanted first. */
const formats = new Map<string, Intl.DateTimeFormat>();
timeStyle.subscribe(() => formats.clear());

function formatOf(shape: keyof ReturnType<typeof shapesOf>): Intl.DateTimeFormat {
  let format = formats.get(shape);
  if (format === undefined) {
    const style = timeStyle.get();
    const zone = style.zone === null ? {} : { timeZone: style.zone };
    format = new Intl.DateTimeFormat(locale(), { ...shapesOf(style)[shape], ...zone });
    formats.set(shape, format);
  }
  return format;
}

/** The instant `time` (Unix seconds) as a clock reading, with the date when the window is longer than a day. */
export function formatInstant(time: number, windowSeconds: number): string {
  const date = new Date(time * 1000);
  if (windowSeconds > 86_400) return `${formatOf("day").format(date)} ${formatOf("minute").format(date)}`;
  return formatOf("clock").format(date);
}

/** The instant `time` (Unix seconds) with its date, to the second: what can be told to somebody else. */
export function formatMoment(time: number): string {
  const date = new Date(time * 1000);
  return `${formatOf("day").format(date)}, ${formatOf("clock").format(date)}${zoneNote(time)}`;
}

/** A timestamp with its year, to the second. */
export function formatTimestamp(timestamp: string): string {
  const date = new Date(timestamp);
  return `${formatOf("dayOfYear").format(date)}, ${formatOf("clock").format(date)}${zoneNote(date.getTime() / 1000)}`;
}

/** Hour and minute of the instant `time` (Unix seconds). */
export function formatMinute(time: number): string {
  return formatOf("minute").format(new Date(time * 1000));
}

/** "Mon, 30 Nov, 09:00". */
export function formatDayAndMinute(time: number): string {
  const date = new Date(time * 1000);
  return `${formatOf("weekdayAndDay").format(date)}, ${formatOf("minute").format(date)}`;
}

/** "Mon" and "30" of a day. */
export function formatDay(time: number): { weekday: string; day: number } {
  return { weekday: formatOf("weekday").format(new Date(time * 1000)), day: wallClock(time).getUTCDate() };
}

/** The short name of the zone in which times are shown, as it is called then: "UTC", "GMT+2". */
export function zoneName(time: number): string {
  const part = formatOf("zoneName")
    .formatToParts(new Date(time * 1000))
    .find(({ type }) => type === "timeZoneName");
  return part?.value ?? "";
}

/** The zone is named only where it is not what everybody at this screen expects. */
function zoneNote(time: number): string {
  return isForeignZone() ? ` ${zoneName(time)}` : "";
}

/** Labels of a time axis whose ticks are `increment` seconds apart; a new day is named by its date. */
export function formatTick(time: number, increment: number): string {
  const date = new Date(time * 1000);
  if (increment >= 86_400 || wallClock(time).getTime() % 86_400_000 === 0) return formatOf("day").format(date);
  return increment < 60 ? formatOf("clock").format(date) : formatOf("minute").format(date);
}

/** "just now", "42 s ago", "3 h 5 min ago", or "never" for null. */
export function formatAgo(timestamp: string | null, now: number): string {
  if (timestamp === null) return t`never`;
  const age = now - Date.parse(timestamp) / 1000;
  const time = duration(age);
  return age < 3 ? t`just now` : t`${time} ago`;
}

/** Remaining time as "59:04"; never negative. */
export function formatCountdown(remainingSeconds: number): string {
  const left = Math.max(0, Math.floor(remainingSeconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

/** Unix seconds as the value of a `datetime-local` field, in the zone that is shown. */
export function toLocalField(time: number): string {
  return wallClock(time).toISOString().slice(0, 19);
}

/** The value of a `datetime-local` field as Unix seconds, or null when it is not a time. */
export function fromLocalField(value: string): number | null {
  const wall = Date.parse(`${value}Z`) / 1000;
  return Number.isFinite(wall) ? fromWallClock(wall) : null;
}
