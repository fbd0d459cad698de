import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { dryRun, runRunbook } from "@/api/runbooks";
import type { Runbook } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { runbookQuery } from "@/state/runbooks";
import { useSettled } from "@/state/use-settled";
import { RUNBOOKS, refreshRunbooks } from "@/state/waiting-runs";
import { DryList } from "./dry-list";
import { MachineChoice } from "./machine-choice";
import { useOffers } from "./use-offers";

/** What a run is begun for. */
export interface RunCause {
  incident: number;
  agents: readonly number[];
  labels: Readonly<Record<string, string>>;
}

interface RunDialogProps {
  runbook: Runbook;
  cause?: RunCause;
  onClose: () => void;
}

/** Runs a runbook by hand on chosen machines, after a look at what that would do. */
export function RunDialog({ runbook, cause, onClose }: RunDialogProps) {
  const { id, name, definition } = runbook;
  const navigate = useNavigate();
  const { covered } = useOffers(definition.on ?? "");
  const needed = useQuery({ ...runbookQuery(id), refetchInterval: false }).data?.labels ?? [];
  const [agents, setAgents] = useState<readonly number[] | null>(null);
  const [labels, setLabels] = useState<Record<string, string>>({ ...cause?.labels });
  const [force, setForce] = useState(false);
  // An incident's machines are meant, and the only machine there is; else a person says which.
  const obvious = covered.filter((one) => cause?.agents.includes(one.id) ?? covered.length === 1).map((one) => one.id);
  const chosen = agents ?? obvious;
  const asked = useSettled(JSON.stringify({ runbook: id, agents: chosen, labels }), 300);
  const preview = useQuery({
    queryKey: [RUNBOOKS, "dry", asked],
    queryFn: ({ signal }) => dryRun(JSON.parse(asked), signal),
    enabled: chosen.length > 0,
    placeholderData: (previous) => previous,
    gcTime: 0,
  });
  const run = useMutation({
    mutationFn: (reason: string) =>
      runRunbook(id, { agents: [...chosen], labels, incident: cause?.incident ?? null, force, reason }),
    onSuccess: async (runs) => {
      await refreshRunbooks();
      onClose();
      const [only] = runs;
      if (runs.length === 1 && only !== undefined)
        await navigate({ to: "/runbook-runs/$runId", params: { runId: String(only) } });
    },
  });
  const holds = preview.data?.machines.some(({ expect }) => expect?.truth === "holds") ?? false;
  const missing = needed.find((label) => (labels[label] ?? "") === "");
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Run ${name}`}
      {...(definition.description === undefined ? {} : { description: definition.description })}
      className="sm:w-[38rem]"
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          run.mutate(String(new FormData(event.currentTarget).get("reason")).trim());
        }}
      >
        <FormProblem text={run.error === null ? null : asProblem(run.error).advice} />
        <MachineChoice machines={covered} value={chosen} onChange={setAgents} />
        {needed.map((label) => (
          <Field
            key={label}
            label={t`Label ${label}`}
            hint={t`An alert would say it; by hand you do.`}
            required
            autoComplete="off"
            value={labels[label] ?? ""}
            onChange={(event) => setLabels({ ...labels, [label]: event.target.value })}
          />
        ))}
        {chosen.length > 0 && (
          <section aria-label={t`What would happen`} className="overflow-hidden rounded-lg border">
            <h3 className="bg-raised px-4 py-2 font-medium text-xs sm:px-5">
              <Trans>What would happen</Trans>
            </h3>
            {preview.isError && <p className="border-t px-5 py-3 text-bad">{asProblem(preview.error).advice}</p>}
            {preview.data === undefined && !preview.isError && <Skeleton className="m-4 h-16" />}
            {preview.data !== undefined && <DryList machines={preview.data.machines} byHand />}
          </section>
        )}
        {holds && (
          <label className="touch flex items-start gap-2.5">
            <input
              type="checkbox"
              className="mt-0.5 size-4 accent-accent"
              checked={force}
              onChange={(event) => setForce(event.target.checked)}
            />
            <span>
              <Trans>Do it all the same, although what is expected holds already</Trans>
            </span>
          </label>
        )}
        <Field
          label={t`Reason`}
          name="reason"
          maxLength={256}
          autoComplete="off"
          hint={t`For whoever reads of it later.`}
        />
        <div className="flex flex-wrap items-center justify-end gap-2">
          <p role="status" className="min-w-0 flex-1 text-muted text-xs">
            {chosen.length === 0 ? t`Choose a machine.` : missing === undefined ? "" : t`Say the label ${missing}.`}
          </p>
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button
            type="submit"
            variant="primary"
            disabled={run.isPending || chosen.length === 0 || missing !== undefined}
          >
            <Play className="size-4" aria-hidden />
            {run.isPending ? t`Beginning…` : chosen.length < 2 ? t`Run it` : t`Run it on ${{ count: chosen.length }}`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
