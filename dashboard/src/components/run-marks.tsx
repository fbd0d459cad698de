import {
  Ban,
  CircleCheck,
  CircleCheckBig,
  CircleHelp,
  CircleSlash,
  CircleX,
  Clock,
  Hand,
  Lightbulb,
  LoaderCircle,
  Scale,
  ThumbsDown,
  TrendingDown,
  Undo2,
} from "lucide-react";
import {
  OUTCOME_WORDS,
  type OutcomeName,
  RUN_STATE_WORDS,
  type RunStateName,
  VERDICT_WORDS,
  type VerdictName,
} from "@/lib/runbook-run-words";
import { type Look, StateMark } from "./state-mark";

const STATES: Record<RunStateName, Look> = {
  suggested: { icon: Lightbulb, color: "text-info" },
  awaiting_approval: { icon: Hand, color: "text-warn" },
  checking: { icon: LoaderCircle, color: "text-accent" },
  running: { icon: LoaderCircle, color: "text-accent" },
  judging: { icon: Scale, color: "text-accent" },
  undoing: { icon: Undo2, color: "text-warn" },
  ended: { icon: CircleCheck, color: "text-muted" },
};
const OUTCOMES: Record<OutcomeName, Look> = {
  done: { icon: CircleCheck, color: "text-muted" },
  step_failed: { icon: CircleX, color: "text-bad" },
  skipped: { icon: CircleSlash, color: "text-muted" },
  declined: { icon: ThumbsDown, color: "text-muted" },
  expired: { icon: Clock, color: "text-muted" },
  cancelled: { icon: Ban, color: "text-muted" },
};
const VERDICTS: Record<VerdictName, Look> = {
  fixed: { icon: CircleCheckBig, color: "text-ok" },
  not_fixed: { icon: CircleX, color: "text-bad" },
  worse: { icon: TrendingDown, color: "text-bad" },
  unknown: { icon: CircleHelp, color: "text-warn" },
};
const SPINNING: readonly RunStateName[] = ["checking", "running"];

/** Whether it helped, as shape and word. */
export function VerdictMark({ verdict, className }: { verdict: VerdictName; className?: string }) {
  return <StateMark look={VERDICTS[verdict]} text={VERDICT_WORDS[verdict].label} className={className} />;
}

interface RunbookRunMarkProps {
  run: { state: RunStateName; outcome: OutcomeName | null; verdict: VerdictName | null };
  className?: string;
}

/** How a run stands: its state, and once it ended whether it helped, or else how it ended. */
export function RunbookRunMark({ run: { state, outcome, verdict }, className }: RunbookRunMarkProps) {
  if (verdict !== null && outcome !== "step_failed")
    return <VerdictMark verdict={verdict} className={className ?? ""} />;
  if (outcome !== null)
    return <StateMark look={OUTCOMES[outcome]} text={OUTCOME_WORDS[outcome].label} className={className} />;
  return (
    <StateMark
      look={STATES[state]}
      text={RUN_STATE_WORDS[state].label}
      spin={SPINNING.includes(state)}
      className={className}
    />
  );
}
