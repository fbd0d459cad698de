import { t } from "@lingui/core/macro";
import type { ChartFrame } from "./frame";
import type { TimeWindow } from "./range";
import { momentParam } from "./search-params";

/** By what the processes of a time are ranked. */
export const RANKINGS = ["cpu", "memory", "read", "write"] as const;
export type Ranking = (typeof RANKINGS)[number];

/** What the URL holds of the processes: a moment, or a ranking over the page's range; neither is live. */
export interface ProcessSearch {
  /** Unix seconds. */
  at?: number;
  top?: Ranking;
}

export type ProcessMode = "live" | "moment" | "range";

/** The longest time that the hub ranks, in seconds. */
export const MAX_RANKED = 86_400;

/** Reads untrusted URL parameters; what makes no sense is left out, and a moment goes before a ranking. */
export function parseProcessSearch(search: Record<string, unknown>): ProcessSearch {
  const at = momentParam(search.at);
  if (at !== undefined) return { at: Math.round(at) };
  const top = RANKINGS.find((one) => one === search.top);
  return top === undefined ? {} : { top };
}

export function processMode({ at, top }: ProcessSearch): ProcessMode {
  if (at !== undefined) return "moment";
  return top === undefined ? "live" : "range";
}

/** The part of a window that can be ranked: its end, when it is too long. Whole seconds, both ends included. */
export function rankedWindow({ from, to }: TimeWindow): TimeWindow {
  const end = Math.ceil(to);
  return { from: Math.max(Math.floor(from), end - MAX_RANKED), to: end };
}

/**
 * When the series of a frame were highest together, in Unix seconds; null without any data in the window.
 *
 * A point that stands for several samples counts with its maximum, and is answered by its middle.
 */
export function busiestMoment(frame: ChartFrame): number | null {
  let best: number | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  const thinned = frame.series.some(({ max }) => max !== null);
  for (let row = 0; row < frame.times.length; row += 1) {
    const time = (frame.times[row] ?? Number.NaN) + (thinned ? frame.step / 2 : 0);
    if (!(time >= frame.from && time <= frame.to)) continue;
    const values = frame.series
      .map(({ values, max }) => (max ?? values)[row] ?? Number.NaN)
      .filter((value) => !Number.isNaN(value));
    const sum = values.reduce((all, value) => all + value, 0);
    if (values.length === 0 || sum <= highest) continue;
    highest = sum;
    best = time;
  }
  return best;
}

/** How far a look is from the moment asked for: "at that second", "3 s before", "2 s after". */
export function lookDistance(look: number, moment: number): string {
  const seconds = Math.round(look - moment);
  if (seconds === 0) return t`at that second`;
  const distance = Math.abs(seconds);
  return seconds < 0 ? t`${distance} s before` : t`${distance} s after`;
}

/** Whether a process' name, owner or id has the text in it. */
export function matchesProcess(process: { name: string; user: string; pid: number }, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return (
    wanted === "" ||
    process.name.toLowerCase().includes(wanted) ||
    process.user.toLowerCase().includes(wanted) ||
    String(process.pid) === wanted
  );
}
