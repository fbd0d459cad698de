import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { ChevronRight, CircleDashed } from "lucide-react";
import type { RunbookRunDetail, RunbookStep } from "@/api/types";
import { Card } from "@/components/card";
import { RunMark } from "@/components/command-state";
import { actionTitle } from "@/lib/action-words";
import { filled } from "@/lib/run-steps";
import { exitText } from "@/lib/run-words";
import { formatMoment } from "@/lib/time";
import { duration } from "@/lib/units";
import { sentence } from "@/pages/runbooks/editor-context";

/** What was done, each with the command that did it. */
export function Steps({ run }: { run: RunbookRunDetail }) {
  const steps = run.steps.filter(({ undo }) => !undo);
  const undone = run.steps.filter(({ undo, command }) => undo && (command !== null || run.state === "undoing"));
  return (
    <Card title={t`Steps`} text={steps.every(({ command }) => command === null) ? t`None of them began.` : undefined}>
      <StepList label={t`Steps`} steps={steps} labels={run.labels} />
      {undone.length > 0 && (
        <>
          <h3 className="border-t px-5 pt-3 pb-1 font-medium text-sm">
            <Trans>Undone</Trans>
          </h3>
          <StepList label={t`Undone`} steps={undone} labels={run.labels} />
        </>
      )}
    </Card>
  );
}

type Labels = RunbookRunDetail["labels"];

function StepList({ label, steps, labels }: { label: string; steps: readonly RunbookStep[]; labels: Labels }) {
  return (
    <ol aria-label={label} className="divide-y border-t">
      {steps.map((step) => (
        <Step key={step.position} step={step} labels={labels} />
      ))}
    </ol>
  );
}

function Step({ step, labels }: { step: RunbookStep; labels: Labels }) {
  const { position, action, params, command, state, exit_code: code, error, started_at: began, ended_at: ended } = step;
  const title = actionTitle(action, filled(params, labels));
  const took = began === null || ended === null ? null : (Date.parse(ended) - Date.parse(began)) / 1000;
  const told = [
    ...(began === null ? [] : [formatMoment(Date.parse(began) / 1000)]),
    ...(took === null ? [] : [t`took ${{ time: took < 1 ? `${Math.round(took * 1000)} ms` : duration(took) }}`]),
    ...(code === null || code === 0 ? [] : [exitText(code)]),
  ];
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3 hover:bg-raised/60">
      <span
        aria-hidden
        className="tnum grid size-6 shrink-0 place-items-center rounded-full bg-raised font-semibold text-2xs text-muted"
      >
        {position + 1}
      </span>
      <div className="min-w-0 flex-1 basis-48">
        {command === null ? (
          <p className="break-words text-muted">{title}</p>
        ) : (
          <Link
            to="/commands/$commandId"
            params={{ commandId: String(command) }}
            className="break-words font-medium after:absolute after:inset-0 hover:underline"
          >
            {title}
          </Link>
        )}
        {told.length > 0 && <p className="tnum text-muted text-xs">{told.join(" · ")}</p>}
        {error !== "" && <p className="break-words text-bad text-xs">{sentence(error)}</p>}
      </div>
      {state === null ? (
        <span className="inline-flex items-center gap-1.5 text-muted text-xs">
          <CircleDashed className="size-4" aria-hidden />
          <Trans>Not begun</Trans>
        </span>
      ) : (
        <RunMark state={state} />
      )}
      {command !== null && <ChevronRight className="size-4 text-muted max-sm:hidden" aria-hidden />}
    </li>
  );
}
