// A canary's way through the hub, as lengths of time.

import { t } from "@lingui/core/macro";

/** The parts of the way that a bar is made of, in order: each ends with the stage named. */
export const PARTS = [
  { stage: "recorded", label: t`Evaluated and written`, color: "var(--c1)" },
  { stage: "noticed", label: t`Grouped`, color: "var(--c5)" },
  { stage: "planned", label: t`Planned`, color: "var(--c3)" },
  { stage: "received", label: t`Sent and received`, color: "var(--c2)" },
] as const;

export interface Flight {
  sampled_at: string;
  lost: boolean;
  seconds: Partial<Record<string, number>>;
}

/** How long each part took, in seconds: of a canary that did not come through, as far as it came. */
export function partsOf(flight: Flight): number[] {
  let reached = 0;
  return PARTS.map(({ stage }) => {
    // A stage notes when its pass began, which may be a moment before the one ahead of it was done.
    const at = Math.max(reached, flight.seconds[stage] ?? reached);
    const took = at - reached;
    reached = at;
    return took;
  });
}

/** Seconds until it was received; null when it was not. */
export function totalOf(flight: Flight): number | null {
  return flight.seconds.received ?? null;
}

export interface Summary {
  received: number;
  lost: number;
  /** Of those received, in seconds; null when there are none. */
  middle: number | null;
  longest: number | null;
}

/** What a day of canaries comes to. */
export function summarize(flights: readonly Flight[]): Summary {
  const times = flights
    .map(totalOf)
    .filter((one) => one !== null)
    .sort((one, other) => one - other);
  return {
    received: times.length,
    lost: flights.filter((one) => one.lost && totalOf(one) === null).length,
    middle: times[Math.floor(times.length / 2)] ?? null,
    longest: times.at(-1) ?? null,
  };
}

/** The least seconds that a chart's height stands for: what is quick looks quick. */
const LEAST_SCALE_S = 10;

/** Seconds that the height of a chart stands for. */
export function scaleOf(flights: readonly Flight[]): number {
  const longest = Math.max(LEAST_SCALE_S, ...flights.map((one) => totalOf(one) ?? 0));
  return Math.ceil(longest / 5) * 5;
}
