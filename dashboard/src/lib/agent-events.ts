// What happened to an agent: its kinds, and the times around it.
import type { TimeWindow } from "./range";

/** In the order in which people look for them. */
export const EVENT_KINDS = [
  "alert",
  "restart",
  "command",
  "runbook",
  "annotation",
  "configuration",
  "upgrade",
  "gap",
  "recording",
  "change",
] as const;
export type EventKindName = (typeof EVENT_KINDS)[number];

/** The hub lists no longer time at once, in seconds. */
export const MAX_LISTED = 366 * 86_400;
/** At least so much is shown around a moment, in seconds. */
const AROUND = 600;
/** Of what took long, at most so much is shown. */
const MOST_AROUND = 86_400;

/** The time to list of what is shown: the newest part of it where it is too long. */
export function listedTime({ from, to }: TimeWindow): { start: number; end: number } {
  return { start: Math.max(0, from, to - MAX_LISTED), end: to };
}

/** The time to show around something that began `at` and went on `until` then, or goes on (null). Unix seconds. */
export function windowAround(at: number, until: number | null, now: number): TimeWindow {
  const end = Math.max(at, Math.min(until ?? now, at + MOST_AROUND));
  const room = Math.max((AROUND - (end - at)) / 2, (end - at) / 4);
  const to = Math.min(end + room, Math.max(now, end));
  return { from: Math.floor(Math.min(at - room, to - AROUND)), to: Math.ceil(to) };
}

/** What begins within so many seconds of the first of a group, as groups in order of time. */
export function clustered<One extends { at: number }>(items: readonly One[], within: number): One[][] {
  const groups: One[][] = [];
  for (const one of [...items].sort((first, second) => first.at - second.at)) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && one.at - last[0].at <= within) last.push(one);
    else groups.push([one]);
  }
  return groups;
}
