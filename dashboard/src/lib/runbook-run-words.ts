// How runs of runbooks stand and came out, in words for people.

export type RunStateName = "suggested" | "awaiting_approval" | "checking" | "running" | "judging" | "undoing" | "ended";
export type OutcomeName = "done" | "step_failed" | "skipped" | "declined" | "expired" | "cancelled";
export type VerdictName = "fixed" | "not_fixed" | "worse" | "unknown";
export type TruthName = "holds" | "fails" | "unknown";

export const RUN_STATE_WORDS: Record<RunStateName, { label: string; text: string }> = {
  suggested: { label: "Suggested", text: "It could help. Nothing happens unless somebody runs it." },
  awaiting_approval: { label: "Awaits approval", text: "It begins when somebody approves it." },
  checking: { label: "Checking", text: "It looks whether it is to act at all, and how things stand before it does." },
  running: { label: "Running", text: "Its steps are done one after the other." },
  judging: { label: "Judging", text: "The steps are over. It waits for fresh samples that tell whether they helped." },
  undoing: { label: "Undoing", text: "It takes back what its steps did." },
  ended: { label: "Ended", text: "" },
};

export const OUTCOME_WORDS: Record<OutcomeName, { label: string; text: string }> = {
  done: { label: "Done", text: "All steps were done." },
  step_failed: { label: "Step failed", text: "A step did not end well; those behind it were not begun." },
  skipped: { label: "Skipped", text: "Nothing was done." },
  declined: { label: "Declined", text: "A person decided against it. Nothing was done." },
  expired: { label: "Expired", text: "Nobody decided in time. Nothing was done." },
  cancelled: { label: "Cancelled", text: "A person ended it." },
};

export const VERDICT_WORDS: Record<VerdictName, { label: string; text: string }> = {
  fixed: { label: "Fixed", text: "Samples taken after the last step say that it is as expected." },
  not_fixed: { label: "Not fixed", text: "Samples taken after the last step say that it is not as expected." },
  worse: { label: "Worse", text: "Samples taken after the last step say that it is worse than before." },
  unknown: { label: "Unknown", text: "No samples taken after the last step tell whether it helped." },
};

export const TRUTH_WORDS: Record<TruthName, string> = {
  holds: "holds",
  fails: "does not hold",
  unknown: "is not known",
};

/** Whether a person has to decide about a run. */
export const isWaiting = (state: RunStateName) => state === "suggested" || state === "awaiting_approval";
