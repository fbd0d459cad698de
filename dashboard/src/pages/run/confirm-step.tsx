import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type CommandRequest, previewCommand } from "@/api/commands";
import { asProblem } from "@/api/problem";
import type { CreatedCommand } from "@/api/types";
import { EffectMark } from "@/components/effect";
import { FormProblem } from "@/components/entry";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { actionTitle, actionWords, EFFECT_WORDS } from "@/lib/action-words";
import { uncapitalized } from "@/lib/language";
import { needsNumber, type Rollout, type Target } from "@/lib/run-draft";
import { machines } from "@/lib/run-words";
import { COMMANDS } from "@/state/awaiting";
import { useSettled } from "@/state/use-settled";
import { give } from "./give";
import { MachinePlan } from "./machine-plan";
import { ParamList } from "./param-list";
import { RolloutFields } from "./rollout-fields";
import { SignerNote } from "./signer-note";
import type { Offered } from "./use-offered";
import { useSigner } from "./use-signer";

interface ConfirmStepProps {
  targets: readonly Target[];
  action: Offered;
  params: CommandRequest["params"];
  rollout: Rollout;
  onRollout: (rollout: Rollout) => void;
  onBack: (() => void) | null;
  onClose: () => void;
  onGiven: (command: CreatedCommand) => void;
}

/** The hub's answer is looked at anew this often: machines come and go while somebody reads. */
const AGAIN_MS = 5000;

/** Exactly what will be done on exactly which machines; the last press gives the command. */
export function ConfirmStep({
  targets,
  action,
  params,
  rollout,
  onRollout,
  onBack,
  onClose,
  onGiven,
}: ConfirmStepProps) {
  const signer = useSigner(action);
  const { reason } = rollout;
  const settled = useSettled(rollout, 300);
  const { reason: _, ...how } = settled;
  const key = signer.key;
  const asked: CommandRequest = {
    agents: targets.map(({ id }) => id),
    action: action.name,
    params,
    ...how,
    key_id: key?.key_id ?? null,
  };
  const preview = useQuery({
    queryKey: [COMMANDS, "preview", asked],
    queryFn: ({ signal }) => previewCommand(asked, signal),
    enabled: !signer.pending,
    refetchInterval: AGAIN_MS,
    staleTime: 0,
    gcTime: 0,
    placeholderData: (previous) => previous,
  });
  const [typed, setTyped] = useState("");
  const plan = preview.data;
  const going = plan === undefined ? [] : [...plan.would_run, ...plan.away];
  const run = useMutation({
    mutationFn: () => give({ ...asked, reason: reason.trim(), agents: going.map(({ id }) => id) }, key),
    onSuccess: onGiven,
  });
  const effect = plan?.effect ?? action.effect;
  const wantsNumber = needsNumber(going.length, effect);
  const ready =
    plan !== undefined &&
    !preview.isPlaceholderData &&
    sameHow(settled, rollout) &&
    going.length > 0 &&
    (!signer.demanded || key !== null) &&
    (!wantsNumber || typed.trim() === String(going.length));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !run.isPending) run.mutate();
  };
  const approval = plan?.approval ?? "";
  const count = going.length;
  const title = actionTitle(action.name, params);
  const where = targets.length === 1 ? (targets[0]?.name ?? "") : machines(count);
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {preview.error !== null && plan === undefined && (
        <Notice title={t`It could not be planned`}>{asProblem(preview.error).advice}</Notice>
      )}
      {plan === undefined && preview.error === null && <Skeleton className="h-40 w-full" />}
      {plan !== undefined && <MachinePlan plan={plan} single={targets.length === 1} />}
      <div className="rounded-lg border">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
          <span className="font-medium">{actionWords(action.name).label}</span>
          <EffectMark effect={effect} />
          <span className="text-muted text-xs">{EFFECT_WORDS[effect].text}</span>
        </p>
        <ParamList params={params} />
      </div>
      <SignerNote signer={signer} plan={plan} />
      <Field
        label={t`Why (optional, kept with the command)`}
        value={reason}
        maxLength={256}
        autoComplete="off"
        onChange={(event) => onRollout({ ...rollout, reason: event.target.value })}
      />
      <RolloutFields machines={targets.length} rollout={rollout} approval={approval} onChange={onRollout} />
      {wantsNumber && (
        <Field
          label={
            effect === "disrupts"
              ? t`This can disrupt ${plural(count, { one: "# machine", other: "# machines" })}. Write ${count} to go on`
              : t`This changes ${plural(count, { one: "# machine", other: "# machines" })}. Write ${count} to go on`
          }
          inputMode="numeric"
          autoComplete="off"
          className="tnum w-32"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
      <FormProblem text={run.error === null ? null : asProblem(run.error).advice} />
      <div className="-mx-5 -mb-5 sticky bottom-[-1.25rem] flex flex-wrap items-center justify-end gap-2 border-t bg-surface px-5 py-3.5">
        {onBack === null ? (
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
        ) : (
          <Button onClick={onBack}>
            <Trans>Back</Trans>
          </Button>
        )}
        <Button
          type="submit"
          variant={effect === "disrupts" ? "danger" : "primary"}
          disabled={!ready || run.isPending}
          className="min-w-0 max-w-full shrink"
        >
          <span className="truncate">
            {run.isPending
              ? t`Sending…`
              : approval === ""
                ? t`${title} on ${where}`
                : t`Ask to ${{ action: uncapitalized(title) }} on ${where}`}
          </span>
        </Button>
      </div>
    </form>
  );
}

/** Whether what the preview was asked for is what the form says now. */
function sameHow(one: Rollout, other: Rollout): boolean {
  return JSON.stringify({ ...one, reason: "" }) === JSON.stringify({ ...other, reason: "" });
}
