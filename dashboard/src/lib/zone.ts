// In which time zone, and by which clock, times are shown. All times are Unix seconds.
import { Signal } from "./signal";

/** What a person chose for this browser. */
export interface TimeStyle {
  /** An IANA name; null: the browser's own. */
  zone: string | null;
  hours: 12 | 24;
}

export const DEFAULT_STYLE: TimeStyle = { zone: null, hours: 24 };

/** How times are shown now. Only state/preferences sets it. */
export const timeStyle = new Signal<TimeStyle>(DEFAULT_STYLE);

/** The name of the browser's own zone. */
export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The name of the zone in which times are shown. */
export function shownZone(): string {
  return timeStyle.get().zone ?? browserZone();
}

/** Whether times are shown in another zone than the browser's, which has to be said. */
export function isForeignZone(): boolean {
  const { zone } = timeStyle.get();
  return zone !== null && zone !== browserZone();
}

/** Every zone that can be chosen, by name. */
export function zoneNames(): string[] {
  return [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])].sort();
}

/** Reads what was kept, where anything may stand; what makes no sense is the default. */
export function parseTimeStyle(text: string | null): TimeStyle {
  try {
    const kept: unknown = JSON.parse(text ?? "null");
    if (typeof kept !== "object" || kept === null) return DEFAULT_STYLE;
    const { zone, hours } = kept as Record<string, unknown>;
    return { zone: isZone(zone) ? zone : null, hours: hours === 12 ? 12 : 24 };
  } catch {
    // Not JSON: somebody else wrote it.
    return DEFAULT_STYLE;
  }
}

function isZone(name: unknown): name is string {
  if (typeof name !== "string" || name === "") return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    // An unknown zone is a RangeError.
    return false;
  }
}

/** Zones change their offset on quarters of an hour only, so one answer serves a whole quarter. */
const QUARTER = 900;
const MOST_KNOWN = 2000;
const known = new Map<number, number>();
let parts: Intl.DateTimeFormat | null = null;
timeStyle.subscribe(() => {
  known.clear();
  parts = null;
});

function offsetIn(zone: string, quarter: number): number {
  parts ??= new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const found = Object.fromEntries(
    parts.formatToParts(quarter * QUARTER * 1000).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = found;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - quarter * QUARTER;
}

/** Seconds that clocks of the shown zone are ahead of UTC at a time. */
export function zoneOffset(time: number): number {
  const { zone } = timeStyle.get();
  if (zone === null) return -new Date(time * 1000).getTimezoneOffset() * 60;
  const quarter = Math.floor(time / QUARTER);
  const cached = known.get(quarter);
  if (cached !== undefined) return cached;
  const offset = offsetIn(zone, quarter);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(quarter, offset);
  return offset;
}

/** What clocks show at a time, as a date whose UTC fields are to be read. */
export function wallClock(time: number): Date {
  return new Date((time + zoneOffset(time)) * 1000);
}

/** The time at which clocks show this, given as if it were UTC; where they show it twice or never, one that is near. */
export function fromWallClock(wall: number): number {
  const guess = wall - zoneOffset(wall);
  return wall - zoneOffset(guess);
}

/** The time as a date whose local fields are those of the shown zone's clocks: what uPlot places ticks by. */
export function localDate(time: number): Date {
  const date = new Date(time * 1000);
  const { zone } = timeStyle.get();
  return zone === null ? date : new Date(date.getTime() + (zoneOffset(time) + date.getTimezoneOffset() * 60) * 1000);
}
