import { formatMoment } from "./time";
import { formatValue } from "./units";

/** What is told of a recording in a list, as the hub answers it. */
export interface RecordingStanding {
  state: "requested" | "arriving" | "complete" | "failed";
  error: string;
  truncated: boolean;
  bytes: number;
}

interface Look {
  /** Unix seconds. */
  time: number;
  processes: readonly { pid: number; parent_pid: number; name: string; cpu: number }[];
}

/** Whether the hub still waits for it. */
export function isOpen({ state }: Pick<RecordingStanding, "state">): boolean {
  return state === "requested" || state === "arriving";
}

/** One sentence about how far a recording is. */
export function recordingStanding({ state, error, truncated, bytes }: RecordingStanding): string {
  const size = formatValue(bytes, "By");
  if (state === "failed") return error;
  if (state === "complete") return truncated ? `${size}; the oldest part was too large and is left out` : size;
  return bytes === 0 ? "Asked for; waiting for the agent" : `${size} so far`;
}

/** The window as "21 Nov, 10:03:11 – 10:18:11"; the day is not said twice. */
export function formatWindow(from: number, to: number): string {
  const [begin, end] = [formatMoment(from), formatMoment(to)];
  const day = begin.slice(0, begin.indexOf(", ") + 2);
  return `${begin} – ${end.startsWith(day) ? end.slice(day.length) : end}`;
}

/** The cores that the processes of each look used together. */
export function coresUsed(looks: readonly Look[]): number[] {
  return looks.map(({ processes }) => processes.reduce((sum, { cpu }) => sum + cpu, 0));
}

/** The number of the look at which most CPU was used; -1 when there is none. */
export function busiestLook(looks: readonly Look[]): number {
  const cores = coresUsed(looks);
  return cores.indexOf(Math.max(...cores));
}

/**
 * The names of all processes by id, as they were last seen up to a moment (Unix seconds).
 *
 * A parent is often idle and then in few looks only; later ones may name another process that was given the same id.
 */
export function namesAt(looks: readonly Look[], moment: number): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const { time, processes } of looks) {
    for (const { pid, name } of processes) if (time <= moment || !names.has(pid)) names.set(pid, name);
  }
  return names;
}
