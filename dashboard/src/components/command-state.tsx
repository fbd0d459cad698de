import { plural } from "@lingui/core/macro";
import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CircleX,
  Clock,
  Hourglass,
  LoaderCircle,
  OctagonPause,
  Send,
  ShieldX,
  TimerOff,
} from "lucide-react";
import type { CommandStateName } from "@/lib/command-search";
import { COMMAND_WORDS, RUN_WORDS, type RunStateName } from "@/lib/run-words";
import { type Look, StateMark } from "./state-mark";

const RUNS: Record<RunStateName, Look> = {
  waiting: { icon: CircleDashed, color: "text-muted" },
  sent: { icon: Send, color: "text-info" },
  running: { icon: LoaderCircle, color: "text-accent" },
  succeeded: { icon: CircleCheck, color: "text-ok" },
  failed: { icon: CircleX, color: "text-bad" },
  refused: { icon: ShieldX, color: "text-bad" },
  timed_out: { icon: TimerOff, color: "text-bad" },
  cancelled: { icon: Ban, color: "text-muted" },
  expired: { icon: Clock, color: "text-muted" },
  unknown: { icon: CircleHelp, color: "text-warn" },
};

const COMMANDS: Record<CommandStateName, Look> = {
  awaiting_approval: { icon: Hourglass, color: "text-warn" },
  running: { icon: LoaderCircle, color: "text-accent" },
  finished: { icon: CircleCheck, color: "text-muted" },
  stopped: { icon: OctagonPause, color: "text-bad" },
  cancelled: { icon: Ban, color: "text-muted" },
  rejected: { icon: ShieldX, color: "text-muted" },
  expired: { icon: Clock, color: "text-muted" },
};

/** So many runs of a state. */
const COUNTED: Record<RunStateName, (runs: number) => string> = {
  waiting: (runs) => plural(runs, { one: "# waiting", other: "# waiting" }),
  sent: (runs) => plural(runs, { one: "# sent", other: "# sent" }),
  running: (runs) => plural(runs, { one: "# running", other: "# running" }),
  succeeded: (runs) => plural(runs, { one: "# succeeded", other: "# succeeded" }),
  failed: (runs) => plural(runs, { one: "# failed", other: "# failed" }),
  refused: (runs) => plural(runs, { one: "# refused", other: "# refused" }),
  timed_out: (runs) => plural(runs, { one: "# timed out", other: "# timed out" }),
  cancelled: (runs) => plural(runs, { one: "# cancelled", other: "# cancelled" }),
  expired: (runs) => plural(runs, { one: "# expired", other: "# expired" }),
  unknown: (runs) => plural(runs, { one: "# unknown", other: "# unknown" }),
};

/** How a run stands, as shape and word. */
export function RunMark({ state, count, className }: { state: RunStateName; count?: number; className?: string }) {
  const text = count === undefined ? RUN_WORDS[state].label : COUNTED[state](count);
  return <StateMark look={RUNS[state]} text={text} spin={state === "running"} className={className} />;
}

/** How a command stands, as shape and word. */
export function CommandMark({ state, className }: { state: CommandStateName; className?: string }) {
  return (
    <StateMark look={COMMANDS[state]} text={COMMAND_WORDS[state]} spin={state === "running"} className={className} />
  );
}
