import { t } from "@lingui/core/macro";
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
  if (state === "complete") return truncated ? t`${size}; the oldest part was too large and is left out` : size;
  return bytes === 0 ? t`Asked for; waiting for the agent` : t`${size} so far`;
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

export type Severity = "unspecified" | "info" | "warning" | "critical";

interface Event {
  /** Unix seconds. */
  time: number;
  kind: string;
  severity: Severity;
  attributes: Readonly<Record<string, string>>;
}

const CONNECTIONS = "network.connections";
const GRAVITY: Record<Severity, number> = { unspecified: 0, info: 1, warning: 2, critical: 3 };

/** What happened, without the regular counts of connections. */
export function happenings<E extends Event>(events: readonly E[]): E[] {
  return events.filter(({ kind }) => kind !== CONNECTIONS);
}

/** TCP connections as counted last before a moment (Unix seconds), such as "12 established · 3 listen"; or nothing. */
export function connectionsAt(events: readonly Event[], moment: number): string {
  const counted = events.findLast(({ kind, time }) => kind === CONNECTIONS && time <= moment);
  return Object.entries(counted?.attributes ?? {})
    .filter(([, count]) => Number(count) > 0)
    .sort(([, one], [, other]) => Number(other) - Number(one))
    .map(([state, count]) => `${count} ${state.replaceAll("_", " ")}`)
    .join(" · ");
}

/** The number of the look that shows a moment (Unix seconds): the first one after it, or the last of all. */
export function lookAfter(looks: readonly { time: number }[], moment: number): number {
  const found = looks.findIndex(({ time }) => time >= moment);
  return found === -1 ? looks.length - 1 : found;
}

/** The gravest that happened before each look and after the one before it; null where nothing did. */
export function gravestByLook(looks: readonly { time: number }[], events: readonly Event[]): (Severity | null)[] {
  const gravest: (Severity | null)[] = looks.map(() => null);
  for (const { time, severity } of happenings(events)) {
    const at = lookAfter(looks, time);
    const before = gravest[at];
    if (before !== undefined && (before === null || GRAVITY[severity] > GRAVITY[before])) gravest[at] = severity;
  }
  return gravest;
}
