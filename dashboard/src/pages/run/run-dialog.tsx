import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { formProblems, parametersFor, paramsFrom } from "@/lib/action-spec";
import { actionTitle, actionWords, needsNothing } from "@/lib/action-words";
import { firstRollout, type Rollout, type Target } from "@/lib/run-draft";
import { machines } from "@/lib/run-words";
import { expectCommand } from "@/state/command-feed";
import { refreshCommands } from "@/state/commands";
import { live } from "@/state/live";
import { ActionForm } from "./action-form";
import { ActionPicker } from "./action-picker";
import { ConfirmStep } from "./confirm-step";
import { GivenStep } from "./given-step";
import { type Offered, useOffered } from "./use-offered";

export interface RunStart {
  action: string;
  values: Record<string, string>;
  /** Of a command that is run again. */
  rollout?: Rollout;
}

interface RunDialogProps {
  targets: readonly Target[];
  /** What is known already: with all that an action needs it begins with the confirmation. */
  start?: RunStart;
  onClose: () => void;
}

const where = (targets: readonly Target[]) =>
  targets.length === 1 ? (targets[0]?.name ?? "") : machines(targets.length);

/** Asks machines to do something: what, how, and then exactly which of them; nothing is begun before the last press. */
export function RunDialog({ targets, start, onClose }: RunDialogProps) {
  const offered = useOffered(targets);
  const [chosen, setChosen] = useState(start?.action ?? null);
  const action = offered.data?.find(({ name }) => name === chosen) ?? null;
  const close = (open: boolean) => !open && onClose();
  if (offered.data !== undefined && action !== null) {
    return (
      <Chosen
        key={action.name}
        targets={targets}
        action={action}
        start={start?.action === action.name ? start : undefined}
        onBack={start === undefined ? () => setChosen(null) : null}
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog open onOpenChange={close} title={t`Run an action on ${{ where: where(targets) }}`} className="sm:w-[40rem]">
      {offered.isPending && <Skeleton className="h-56 w-full" />}
      {offered.error !== null && (
        <Notice title={t`What these machines allow could not be loaded`}>{asProblem(offered.error).advice}</Notice>
      )}
      {offered.data !== undefined && chosen !== null && (
        <Notice className="mb-3" title={t`${{ action: actionWords(chosen).label }} is not allowed here any more`}>
          <Trans>The owner of the machine has taken it out of the policy.</Trans>
        </Notice>
      )}
      {offered.data !== undefined && (
        <ActionPicker actions={offered.data} machines={targets.length} onChoose={(one) => setChosen(one.name)} />
      )}
    </Dialog>
  );
}

interface ChosenProps {
  targets: readonly Target[];
  action: Offered;
  start: RunStart | undefined;
  onBack: (() => void) | null;
  onClose: () => void;
}

function Chosen({ targets, action, start, onBack, onClose }: ChosenProps) {
  const navigate = useNavigate();
  const [given, setGiven] = useState<number | null>(null);
  const [values, setValues] = useState<Record<string, string>>(start?.values ?? {});
  const parameters = parametersFor(action, values);
  const complete = Object.keys(formProblems(parameters, values)).length === 0;
  const ready = complete && (start !== undefined || needsNothing(action));
  const [confirming, setConfirming] = useState(ready);
  const [rollout, setRollout] = useState(() => start?.rollout ?? firstRollout(targets.length, action.effect));
  const params = paramsFrom(parameters, values);
  const formless = action.parameters.length === 0;
  const [only, ...others] = targets;
  const single = only !== undefined && others.length === 0;
  if (given !== null && single) {
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={actionTitle(action.name, params)}
        className="sm:w-[44rem]"
      >
        <GivenStep id={given} target={only} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={confirming ? t`${{ action: actionTitle(action.name, params) }}?` : actionWords(action.name).label}
      {...(confirming
        ? {}
        : { description: t`On ${{ where: where(targets) }}. ${{ text: actionWords(action.name).text }}` })}
      className={targets.length > 1 && confirming ? "sm:w-[44rem]" : "sm:w-[34rem]"}
    >
      {confirming ? (
        <ConfirmStep
          targets={targets}
          action={action}
          params={params}
          rollout={rollout}
          onRollout={setRollout}
          onBack={formless ? onBack : () => setConfirming(false)}
          onClose={onClose}
          onGiven={({ id, state }) => {
            if (single && state !== "awaiting_approval") {
              expectCommand(id, live, only.id);
              setGiven(id);
              return;
            }
            onClose();
            void refreshCommands();
            void navigate({ to: "/commands/$commandId", params: { commandId: String(id) } });
          }}
        />
      ) : (
        <ActionForm
          action={action}
          parameters={parameters}
          values={values}
          onChange={setValues}
          onBack={onBack}
          onNext={() => setConfirming(true)}
        />
      )}
    </Dialog>
  );
}
