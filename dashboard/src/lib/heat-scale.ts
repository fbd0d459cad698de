import type { Resource } from "./home-search";
import type { DisplayUnit } from "./units";

/** What the colours of a heat map mean: from the calmest to the hottest, in a unit. */
export interface HeatScale {
  from: number;
  to: number;
  unit: DisplayUnit;
}

interface Newest {
  status: string;
  summary: {
    cpu: number | null;
    memory: number | null;
    disk: number | null;
    network_receive: number | null;
    network_transmit: number | null;
  };
}

/** What an agent uses of a resource now; null where nothing is known, and of an agent that is away: the past is no present. */
export function resourceValue({ status, summary }: Newest, resource: Resource): number | null {
  if (status === "offline") return null;
  if (resource !== "network") return summary[resource];
  if (summary.network_receive === null && summary.network_transmit === null) return null;
  return (summary.network_receive ?? 0) + (summary.network_transmit ?? 0);
}

/** Shares run from nothing to all; everything else from zero, or the lowest below it, to the highest there is. */
export function heatScale(values: Iterable<number | null>, unit: DisplayUnit): HeatScale {
  if (unit === "%") return { from: 0, to: 1, unit };
  let [from, to] = [0, 0];
  for (const value of values) {
    if (value === null) continue;
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  return { from, to: to === from ? from + 1 : to, unit };
}

/** Where a value lies on a scale, from 0 to 1. */
export function heatShare(value: number, { from, to }: HeatScale): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}

/** How a cell is drawn: by its value, or hatched. */
export type CellState = "value" | "away" | "unknown";

export interface HeatCell {
  id: number;
  name: string;
  value: number | null;
  state: CellState;
  /** Something about it wants attention. */
  marked: boolean;
}

/** Those that a person would look at first: away, then marked, then the hottest. Of many away others get half the places. */
export function worstCells(cells: readonly HeatCell[], count: number): HeatCell[] {
  const sorted = [...cells].sort(
    (one, other) =>
      Number(other.marked) - Number(one.marked) ||
      (other.value ?? Number.NEGATIVE_INFINITY) - (one.value ?? Number.NEGATIVE_INFINITY) ||
      one.id - other.id,
  );
  const away = sorted.filter(({ state }) => state === "away");
  const there = sorted.filter(({ state }) => state !== "away");
  const places = count - Math.min(there.length, Math.floor(count / 2));
  return [...away.slice(0, places), ...there].slice(0, count);
}
