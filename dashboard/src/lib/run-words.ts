// What the states of commands and of their runs mean, in words.
import { plural, t } from "@lingui/core/macro";
import type { CommandStateName } from "./command-search";
import { formatCount } from "./language";

export type RunStateName =
  | "waiting"
  | "sent"
  | "running"
  | "succeeded"
  | "failed"
  | "refused"
  | "timed_out"
  | "cancelled"
  | "expired"
  | "unknown";

/** In the order in which people want to see them: what needs a look first. */
export const RUN_STATES: readonly RunStateName[] = [
  "unknown",
  "failed",
  "timed_out",
  "refused",
  "running",
  "sent",
  "waiting",
  "cancelled",
  "expired",
  "succeeded",
];

export const RUN_WORDS: Record<RunStateName, { label: string; text: string }> = {
  waiting: { label: t`Waiting`, text: t`Nothing was sent yet.` },
  sent: { label: t({ message: "Sent", context: "run" }), text: t`The agent has it, or should; it said nothing yet.` },
  running: { label: t`Running`, text: "" },
  succeeded: { label: t({ message: "Succeeded", context: "run" }), text: "" },
  failed: { label: t({ message: "Failed", context: "run" }), text: "" },
  refused: { label: t({ message: "Refused", context: "run" }), text: t`The agent did not begin it.` },
  timed_out: { label: t`Timed out`, text: t`The machine ended it when its time was over.` },
  cancelled: { label: t({ message: "Cancelled", context: "run" }), text: "" },
  expired: {
    label: t({ message: "Expired", context: "run" }),
    text: t`It was never sent: the agent was not there in time.`,
  },
  unknown: {
    label: t({ message: "Unknown", context: "run" }),
    text: t`It was sent, and then the agent was lost before it told the end. It may have been done, in part or not at all. When the agent is back it tells the truth, which then stands here. Nothing is begun again by itself.`,
  },
};

export const COMMAND_WORDS: Record<CommandStateName, string> = {
  awaiting_approval: t`Awaits approval`,
  running: t`Running`,
  finished: t`Finished`,
  stopped: t`Stopped`,
  cancelled: t`Cancelled`,
  rejected: t`Rejected`,
  expired: t`Expired`,
};

export const isOpen = (state: RunStateName) => state === "waiting" || state === "sent" || state === "running";
export const isBad = (state: RunStateName) => ["failed", "refused", "timed_out", "unknown"].includes(state);

const SIGNALS: Record<number, string> = { 1: "HUP", 2: "INT", 3: "QUIT", 6: "ABRT", 9: "KILL", 11: "SEGV", 15: "TERM" };

/** "exit code 3", or "ended by the signal TERM" for what is negative. */
export function exitText(code: number | null): string {
  if (code === null) return "";
  if (code >= 0) return t`exit code ${code}`;
  const signal = SIGNALS[-code] ?? String(-code);
  return t`ended by the signal ${signal}`;
}

/** "web-01, web-02 and 4 more": a few of so many machines by name. */
export function namesText(names: readonly string[], count: number): string {
  const shown = names.join(", ");
  const more = count - names.length;
  const others = formatCount(more);
  return more > 0 ? t`${shown} and ${others} more` : shown;
}

/** "1 machine", "12 machines". */
export function machines(count: number): string {
  return plural(count, { one: "# machine", other: "# machines" });
}
