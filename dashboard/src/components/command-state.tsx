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

/** How a run stands, as shape and word. */
export function RunMark({ state, count, className }: { state: RunStateName; count?: number; className?: string }) {
  const { label } = RUN_WORDS[state];
  const text = count === undefined ? label : `${count.toLocaleString("en")} ${label.toLowerCase()}`;
  return <StateMark look={RUNS[state]} text={text} spin={state === "running"} className={className} />;
}

/** How a command stands, as shape and word. */
export function CommandMark({ state, className }: { state: CommandStateName; className?: string }) {
  return (
    <StateMark look={COMMANDS[state]} text={COMMAND_WORDS[state]} spin={state === "running"} className={className} />
  );
}
