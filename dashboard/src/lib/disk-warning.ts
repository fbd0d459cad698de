import { plural, t } from "@lingui/core/macro";
import { displayUnit, formatValue } from "./units";

/** What the hub tells about its disk, as far as a warning needs it. */
export interface DiskReport {
  disk: {
    state: "ok" | "low" | "critical";
    accepting: boolean;
    free_bytes: number | null;
    database_bytes: number | null;
  };
  shortened: { time: string; target: string }[];
}

export interface DiskWarning {
  text: string;
  severe: boolean;
}

/** How long a step of the disk guard is spoken of. */
const RECENT_MS = 86_400_000;

/** What people should know of the hub's disk at `now` (Unix ms), and do; null while there is nothing to say. */
export function diskWarning({ disk, shortened }: DiskReport, now: number): DiskWarning | null {
  const room = disk.free_bytes === null ? disk.database_bytes : disk.free_bytes;
  const size = formatValue(room, displayUnit("", "By"));
  const known = disk.free_bytes === null ? t`${size} used` : t`${size} free`;
  const left = room === null ? "" : ` (${known})`;
  if (!disk.accepting) {
    return {
      text: t`The hub's disk is nearly full${left}: nothing is stored, agents keep their samples. Make room on the hub.`,
      severe: true,
    };
  }
  const recent = shortened.filter((one) => now - Date.parse(one.time) < RECENT_MS).length;
  if (recent > 0) {
    return {
      text: plural(recent, {
        one: `The oldest part of the history was removed because the hub's disk is low${left}. Make room, or keep history for less long.`,
        other: `The # oldest parts of the history were removed because the hub's disk is low${left}. Make room, or keep history for less long.`,
      }),
      severe: false,
    };
  }
  if (disk.state === "ok") return null;
  return {
    text: t`The hub's disk is low${left}: the oldest history will be removed. Make room on the hub.`,
    severe: false,
  };
}
