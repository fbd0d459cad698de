// How runs of runbooks stand and came out, in words for people.

import { t } from "@lingui/core/macro";

export type RunStateName = "suggested" | "awaiting_approval" | "checking" | "running" | "judging" | "undoing" | "ended";
export type OutcomeName = "done" | "step_failed" | "skipped" | "declined" | "expired" | "cancelled";
export type VerdictName = "fixed" | "not_fixed" | "worse" | "unknown";
export type TruthName = "holds" | "fails" | "unknown";

export const RUN_STATE_WORDS: Record<RunStateName, { label: string; text: string }> = {
  suggested: { label: t`Suggested`, text: t`It could help. Nothing happens unless somebody runs it.` },
  awaiting_approval: { label: t`Awaits approval`, text: t`It begins when somebody approves it.` },
  checking: { label: t`Checking`, text: t`It looks whether it is to act at all, and how things stand before it does.` },
  running: { label: t`Running`, text: t`Its steps are done one after the other.` },
  judging: {
    label: t`Judging`,
    text: t`The steps are over. It waits for fresh samples that tell whether they helped.`,
  },
  undoing: { label: t`Undoing`, text: t`It takes back what its steps did.` },
  ended: { label: t`Ended`, text: "" },
};

export const OUTCOME_WORDS: Record<OutcomeName, { label: string; text: string }> = {
  done: { label: t({ message: "Done", context: "run" }), text: t`All steps were done.` },
  step_failed: { label: t`Step failed`, text: t`A step did not end well; those behind it were not begun.` },
  skipped: { label: t`Skipped`, text: t`Nothing was done.` },
  declined: { label: t`Declined`, text: t`A person decided against it. Nothing was done.` },
  expired: { label: t({ message: "Expired", context: "run" }), text: t`Nobody decided in time. Nothing was done.` },
  cancelled: { label: t({ message: "Cancelled", context: "run" }), text: t`A person ended it.` },
};

export const VERDICT_WORDS: Record<VerdictName, { label: string; text: string }> = {
  fixed: { label: t`Fixed`, text: t`Samples taken after the last step say that it is as expected.` },
  not_fixed: { label: t`Not fixed`, text: t`Samples taken after the last step say that it is not as expected.` },
  worse: { label: t`Worse`, text: t`Samples taken after the last step say that it is worse than before.` },
  unknown: { label: t`Unknown`, text: t`No samples taken after the last step tell whether it helped.` },
};

export const TRUTH_WORDS: Record<TruthName, string> = {
  holds: t`holds`,
  fails: t`does not hold`,
  unknown: t`is not known`,
};

/** Whether a person has to decide about a run. */
export const isWaiting = (state: RunStateName) => state === "suggested" || state === "awaiting_approval";
