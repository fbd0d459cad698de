import { t } from "@lingui/core/macro";
import { CircleCheck, CircleHelp, CircleX, Clock, LoaderCircle, Rocket, ShieldX, Undo2 } from "lucide-react";
import type { AgentEvent } from "@/api/types";
import { RunMark } from "@/components/command-state";
import { RunbookRunMark } from "@/components/run-marks";
import { Severity } from "@/components/severity";
import { type Look, StateMark } from "@/components/state-mark";
import { RUN_WORDS, type RunStateName } from "@/lib/run-words";
import {
  OUTCOME_WORDS,
  type OutcomeName,
  RUN_STATE_WORDS,
  type RunStateName as RunbookStateName,
  VERDICT_WORDS,
  type VerdictName,
} from "@/lib/runbook-run-words";

interface Mark {
  look: Look;
  text: string;
  spin?: boolean;
}

const GOOD: Look = { icon: CircleCheck, color: "text-ok" };
const BAD: Look = { icon: CircleX, color: "text-bad" };
const BUSY: Look = { icon: LoaderCircle, color: "text-accent" };
const REFUSED: Look = { icon: ShieldX, color: "text-bad" };
const QUIET = "text-muted";

const MARKS: Partial<Record<AgentEvent["kind"], Record<string, Mark>>> = {
  annotation: { deploy: { look: { icon: Rocket, color: "text-accent" }, text: t`Deployment` } },
  configuration: {
    wanted: { look: { icon: Clock, color: QUIET }, text: t`Not confirmed` },
    applied: { look: GOOD, text: t`In effect` },
    refused: { look: REFUSED, text: t`Refused in part` },
  },
  upgrade: {
    asked: { look: BUSY, text: t`Asked`, spin: true },
    downloading: { look: BUSY, text: t`Downloading`, spin: true },
    staged: { look: BUSY, text: t`Downloaded` },
    applying: { look: BUSY, text: t`Changing over`, spin: true },
    confirmed: { look: GOOD, text: t`Upgraded` },
    refused: { look: REFUSED, text: t`Refused` },
    reverted: { look: { icon: Undo2, color: "text-bad" }, text: t`Went back` },
    failed: { look: BAD, text: t`Failed` },
    lost: { look: { icon: CircleHelp, color: "text-warn" }, text: t`Never answered` },
  },
  recording: {
    requested: { look: BUSY, text: t`Asked for`, spin: true },
    arriving: { look: BUSY, text: t`Arriving`, spin: true },
    complete: { look: GOOD, text: t`Complete` },
    failed: { look: BAD, text: t`Failed` },
  },
  change: { refused: { look: REFUSED, text: t`Refused` }, failed: { look: BAD, text: t`Failed` } },
};

const knows = <Words extends object>(words: Words, state: string): state is keyof Words & string =>
  Object.hasOwn(words, state);

/** How an event stands or came out, as shape and word; nothing where its title says all. */
export function EventMark({ event: { kind, state, severity, until } }: { event: AgentEvent }) {
  if (kind === "alert") return <AlertMark state={state} severity={severity} over={until !== null} />;
  if (kind === "command") return knows(RUN_WORDS, state) && <RunMark state={state as RunStateName} />;
  if (kind === "runbook") return <RunbookMark state={state} />;
  const mark = MARKS[kind]?.[state];
  return mark !== undefined && <StateMark {...mark} />;
}

interface AlertMarkProps extends Pick<AgentEvent, "state" | "severity"> {
  over: boolean;
}

function AlertMark({ state, severity, over }: AlertMarkProps) {
  if (state === "resolved") return <StateMark look={GOOD} text={t({ message: "Resolved", context: "alert" })} />;
  return (
    <>
      {severity !== null && <Severity severity={severity} />}
      {!over && <span className="font-medium text-xs">{t({ message: "Still firing", context: "alert" })}</span>}
    </>
  );
}

/** A run's verdict, outcome or state, which share no word. */
function RunbookMark({ state }: { state: string }) {
  if (knows(VERDICT_WORDS, state))
    return <RunbookRunMark run={{ state: "ended", outcome: "done", verdict: state as VerdictName }} />;
  if (knows(OUTCOME_WORDS, state))
    return <RunbookRunMark run={{ state: "ended", outcome: state as OutcomeName, verdict: null }} />;
  if (!knows(RUN_STATE_WORDS, state)) return null;
  return <RunbookRunMark run={{ state: state as RunbookStateName, outcome: null, verdict: null }} />;
}
