import { t } from "@lingui/core/macro";
import type { ChartFrame, ChartSource } from "./frame";
import type { RuleForm } from "./rule-words";
import type { Gap } from "./series";

/** The times that a backtest can look back, shortest first. */
export const BACKTEST_RANGES = [
  { value: "1h", label: "1 h", seconds: 3600, told: t`the last hour` },
  { value: "24h", label: "24 h", seconds: 86_400, told: t`the last 24 hours` },
  { value: "7d", label: "7 d", seconds: 604_800, told: t`the last 7 days` },
  { value: "30d", label: "30 d", seconds: 2_592_000, told: t`the last 30 days` },
] as const;
export type BacktestRange = (typeof BACKTEST_RANGES)[number]["value"];

/** A chart's data that stays as it is. */
export class StillSource implements ChartSource {
  private readonly frame: ChartFrame;

  constructor(frame: ChartFrame) {
    this.frame = frame;
  }

  subscribe(): () => void {
    return () => undefined;
  }

  read(keys: readonly string[]): ChartFrame {
    return { ...this.frame, series: this.frame.series.filter(({ key }) => keys.includes(key)) };
  }
}

interface Timeline {
  start: number;
  end: number;
  timeline: readonly (readonly [number, number, number])[];
}

/** How many alerts fired and were pending over time, as a chart draws it. */
export function timelineFrame({ start, end, timeline }: Timeline): ChartFrame {
  const column = (at: 0 | 1 | 2) => Float64Array.from([...timeline, ...timeline.slice(-1)], (point) => point[at]);
  const times = column(0);
  // The last point holds until the end.
  times[timeline.length] = end;
  const step = timeline.length < 2 ? end - start : (timeline[1]?.[0] ?? 0) - (timeline[0]?.[0] ?? 0);
  const series = (["firing", "pending"] as const).map((key, at) => ({
    key,
    values: column((at + 1) as 1 | 2),
    min: null,
    max: null,
  }));
  return { from: start, to: end, step: Math.max(1, step), times, series, gaps: [] };
}

interface FoundEpisode {
  agent_id: number | null;
  worst: number | null;
  value: number | null;
  threshold: number | null;
}

/** The episode that went furthest beyond its threshold, of those of single agents; null when there is none. */
export function worstEpisode<One extends FoundEpisode>(episodes: readonly One[]): One | null {
  const beyond = ({ worst, value, threshold }: One) => Math.abs((worst ?? value ?? 0) - (threshold ?? 0));
  return episodes
    .filter(({ agent_id: agent }) => agent !== null)
    .reduce<One | null>((best, one) => (best === null || beyond(one) > beyond(best) ? one : best), null);
}

interface DrawnSeries {
  metric: string;
  labels: Record<string, string>;
  t: (number | null)[];
  v: (number | null)[];
  min: (number | null)[] | null;
  max: (number | null)[] | null;
}

export interface Drawn {
  metric: string;
  /** The metric that it is a share of. */
  per: string | null;
  /** A threshold can be drawn beside it: it is of the same scale. */
  comparable: boolean;
}

/** Functions whose results have the scale of the samples. */
const SAME_SCALE = /^(?:last|avg|min|max|p\d+)$/;

/** What can be drawn of a rule: the metric of a rule of one comparison; null for all others. */
export function drawnOf({ condition }: RuleForm): Drawn | null {
  if (condition.kind !== "comparison") return null;
  const { operand } = condition;
  const inner = "operand" in operand ? operand.operand : operand;
  if (!("metric" in inner) || inner.metric === undefined) return null;
  return { metric: inner.metric, per: inner.per?.metric ?? null, comparable: SAME_SCALE.test(operand.kind) };
}

type Row = Map<number, number>;

function rowOf(one: DrawnSeries, which: "v" | "min" | "max"): Row {
  const values = one[which] ?? one.v;
  return new Map(one.t.flatMap((time, at) => (time === null || values[at] == null ? [] : [[time, values[at]]])));
}

/**
 * A metric's series of one target. Where the target has no series of its own it is the whole that the hub's rules mean:
 * of the processors what is not idle, of memory and swap what is used.
 */
function wholeOf(series: readonly DrawnSeries[], labels: Record<string, string>, which: "v" | "min" | "max"): Row {
  const suits = series.filter((one) => Object.entries(one.labels).every(([key, value]) => labels[key] === value));
  const own =
    suits.find((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value)) ?? suits[0];
  if (own !== undefined) return rowOf(own, which);
  const used = series.find((one) => one.labels.state === "used");
  if (used !== undefined) return rowOf(used, which);
  const idle = series.filter((one) => one.labels.state === "idle").map((one) => rowOf(one, "v"));
  const times = [...(idle[0]?.keys() ?? [])];
  return new Map(
    times.map((time) => [time, 1 - idle.reduce((sum, row) => sum + (row.get(time) ?? 1), 0) / idle.length]),
  );
}

interface Target {
  drawn: Drawn;
  labels: Record<string, string>;
  from: number;
  to: number;
  step: number;
  gaps: readonly Gap[];
}

/** The values of one target over time, as a chart draws it. */
export function valueFrame(series: readonly DrawnSeries[], target: Target): ChartFrame {
  const { drawn, labels, from, to, step, gaps } = target;
  const row = (which: "v" | "min" | "max"): Row => {
    const own = wholeOf(
      series.filter(({ metric }) => metric === drawn.metric),
      labels,
      which,
    );
    if (drawn.per === null) return own;
    const per = wholeOf(
      series.filter(({ metric }) => metric === drawn.per),
      labels,
      "v",
    );
    return new Map([...own].map(([time, value]) => [time, value / (per.get(time) ?? Number.NaN)]));
  };
  const values = row("v");
  const times = Float64Array.from([...values.keys()].sort((one, other) => one - other));
  const column = (of: Row) => Float64Array.from(times, (time) => of.get(time) ?? Number.NaN);
  const thinned = series.some(({ min }) => min !== null);
  const own = {
    key: "value",
    values: column(values),
    min: thinned ? column(row("min")) : null,
    max: thinned ? column(row("max")) : null,
  };
  return { from, to, step: Math.max(1, step), times, series: [own], gaps };
}
