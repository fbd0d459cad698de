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
      lastDone.set({ text: decision === "approve" ? "Approved; it begins" : t`Declined`, undo: null });
      await refreshRunbooks();
    },
    onError: refreshRunbooks,
  });
  const steps = useQuery({ ...runQuery(run.id), refetchInterval: false }).data;
  const doing = steps === undefined ? "" : stepsWords(steps);
  const Icon = run.state === "suggested" ? Lightbulb : Hand;
  const left = run.expires_at === null ? null : Date.parse(run.expires_at) / 1000 - now;
  return (
    <section
      aria-label={t`${run.runbook_name} on ${run.agent_name} waits`}
      className="card flex flex-col gap-3 border-warn/60 bg-warn/6 px-4 py-3.5 sm:flex-row sm:flex-wrap sm:items-center sm:px-5"
    >
      <Icon className="size-5 shrink-0 text-warn max-sm:hidden" aria-hidden />
      <div className="min-w-0 flex-1 sm:basis-64">
        <p className="break-words font-semibold text-[0.9375rem]">
          {linked ? (
            <Link to="/runbook-runs/$runId" params={{ runId: String(run.id) }} className="hover:underline">
              <Trans>
                {run.runbook_name} on {run.agent_name}?
              </Trans>
            </Link>
          ) : (
            `${run.runbook_name} on ${run.agent_name}?`
          )}
        </p>
        <p className="tnum break-words text-muted text-xs">
          {doing !== "" && <span className="block text-sm text-text">{doing}.</span>}
          {run.state === "suggested" ? t`Suggested` : t`It awaits approval`}
          {left !== null && (left > 0 ? t`, for ${duration(left)} more` : ", and its time is over")}
        </p>
      </div>
      <div className="flex gap-2 max-sm:[&>button]:flex-1">
        <Button variant="primary" disabled={!may || decide.isPending} onClick={() => decide.mutate("approve")}>
          <Check className="size-4" aria-hidden />
          {run.state === "suggested" ? t`Run it` : t`Approve`}
          <span className="sr-only">
            <Trans>
              : {run.runbook_name} on {run.agent_name}
            </Trans>
          </span>
        </Button>
        <Button disabled={!may || decide.isPending} onClick={() => decide.mutate("decline")}>
          <X className="size-4" aria-hidden />
          <Trans>Decline</Trans>
          <span className="sr-only">
            <Trans>
              : {run.runbook_name} on {run.agent_name}
            </Trans>
          </span>
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
