import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, Hand, Lightbulb, X } from "lucide-react";
import { asProblem } from "@/api/problem";
import { type Decision, decideRun } from "@/api/runbooks";
import type { RunbookRun } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { stepsWords } from "@/lib/run-steps";
import { duration } from "@/lib/units";
import { lastDone } from "@/state/done";
import { runQuery } from "@/state/runbooks";
import { useMay } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";
import { refreshRunbooks } from "@/state/waiting-runs";

interface WaitingRunProps {
  run: RunbookRun;
  /** Whether it stands on a page other than its own. */
  linked?: boolean;
}

/** A run that waits for a person: what it would do and where, with the two answers. */
export function WaitingRun({ run, linked = false }: WaitingRunProps) {
  const may = useMay("operator");
  const now = useHubNow(1000);
  const decide = useMutation({
    mutationFn: (decision: Decision) => decideRun(run.id, decision, ""),
    onSuccess: async (_, decision) => {
      lastDone.set({ text: decision === "approve" ? t`Approved; it begins` : t`Declined`, undo: null });
      await refreshRunbooks();
    },
    onError: refreshRunbooks,
  });
  const { runbook_name: runbook, agent_name: agent } = run;
  const what = t`${runbook} on ${agent}`;
  const question = t`${runbook} on ${agent}?`;
  const steps = useQuery({ ...runQuery(run.id), refetchInterval: false }).data;
  const doing = steps === undefined ? "" : stepsWords(steps);
  const Icon = run.state === "suggested" ? Lightbulb : Hand;
  const left = run.expires_at === null ? null : Date.parse(run.expires_at) / 1000 - now;
  return (
    <section
      aria-label={t`${runbook} on ${agent} waits`}
      className="card flex flex-col gap-3 border-warn/60 bg-warn/6 px-4 py-3.5 sm:flex-row sm:flex-wrap sm:items-center sm:px-5"
    >
      <Icon className="size-5 shrink-0 text-warn max-sm:hidden" aria-hidden />
      <div className="min-w-0 flex-1 sm:basis-64">
        <p className="break-words font-semibold text-[0.9375rem]">
          {linked ? (
            <Link to="/runbook-runs/$runId" params={{ runId: String(run.id) }} className="hover:underline">
              {question}
            </Link>
          ) : (
            question
          )}
        </p>
        <p className="tnum break-words text-muted text-xs">
          {doing !== "" && <span className="block text-sm text-text">{doing}.</span>}
          {standing(run.state === "suggested", left)}
        </p>
      </div>
      <div className="flex gap-2 max-sm:[&>button]:flex-1">
        <Button variant="primary" disabled={!may || decide.isPending} onClick={() => decide.mutate("approve")}>
          <Check className="size-4" aria-hidden />
          {run.state === "suggested" ? t`Run it` : t`Approve`}
          <span className="sr-only">: {what}</span>
        </Button>
        <Button disabled={!may || decide.isPending} onClick={() => decide.mutate("decline")}>
          <X className="size-4" aria-hidden />
          <Trans>Decline</Trans>
          <span className="sr-only">: {what}</span>
        </Button>
      </div>
      {!may && <RoleNote needed="operator" what={t`Deciding about it`} className="sm:basis-full" />}
      {decide.error !== null && (
        <div className="sm:basis-full">
          <FormProblem text={asProblem(decide.error).advice} />
        </div>
      )}
    </section>
  );
}

/** What it waits for, and for how much longer. */
function standing(suggested: boolean, left: number | null): string {
  if (left === null) return suggested ? t`Suggested` : t`It awaits approval`;
  if (left <= 0) return suggested ? t`Suggested, and its time is over` : t`It awaits approval, and its time is over`;
  const time = duration(left);
  return suggested ? t`Suggested, for ${time} more` : t`It awaits approval, for ${time} more`;
}
