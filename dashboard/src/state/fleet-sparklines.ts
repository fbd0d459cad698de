import type { Agent, Summary } from "@/api/types";

type Sparklines = NonNullable<Agent["sparklines"]>;

/** Seconds between two points of a sparkline, and how many of them it has: about the last five minutes. */
const STEP = 5;
const POINTS = 60;

/** The sparklines continued by a live summary once a step has passed; the same object when it has not. */
export function appendToSparklines(past: Sparklines | null, summary: Summary): Sparklines | null {
  const time = summary.time;
  if (time === null) return past;
  if (past === null) return single(time, summary);
  const last = past.t[past.t.length - 1] ?? Number.NEGATIVE_INFINITY;
  if (time - last < STEP) return past;
  const from = Math.max(0, past.t.length + 1 - POINTS);
  const next = <Value>(values: readonly Value[], value: Value): Value[] => [...values.slice(from), value];
  return {
    t: next(past.t, time),
    cpu: next(past.cpu, summary.cpu),
    memory: next(past.memory, summary.memory),
    disk: next(past.disk, summary.disk),
    network_receive: next(past.network_receive, summary.network_receive),
    network_transmit: next(past.network_transmit, summary.network_transmit),
  };
}

function single(time: number, summary: Summary): Sparklines {
  return {
    t: [time],
    cpu: [summary.cpu],
    memory: [summary.memory],
    disk: [summary.disk],
    network_receive: [summary.network_receive],
    network_transmit: [summary.network_transmit],
  };
}
