import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { saveEscalation } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { Escalation, RouteTarget } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { refresh } from "./queries";
import { TargetChoice } from "./target-choice";

interface Step {
  after_minutes: number;
  targets: RouteTarget[];
}

const LATER_MINUTES = 15;

/** Makes an escalation, or changes one. */
export function EscalationDialog({ escalation, onClose }: { escalation: Escalation | null; onClose: () => void }) {
  const [steps, setSteps] = useState<Step[]>(escalation?.steps ?? [{ after_minutes: 0, targets: [] }]);
  const save = useMutation({
    mutationFn: (form: FormData) =>
      saveEscalation(escalation?.id ?? null, {
        name: String(form.get("name")).trim(),
        steps,
        repeats: Number(form.get("repeats")),
        pause_minutes: Number(form.get("pause_minutes")),
      }),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  const empty = steps.some(({ targets }) => targets.length === 0);
  return (
    <FormDialog
      title={escalation === null ? t`Add an escalation` : t`Edit ${escalation.name}`}
      description={t`An acknowledgement or the end of the incident stops it.`}
      problem={save.error === null ? null : asProblem(save.error).advice}
      ready={!empty}
      note={
        empty && (
          <p className="me-auto text-muted text-xs">
            <Trans>Each step must tell somebody.</Trans>
          </p>
        )
      }
      onSend={save.mutate}
      busy={save.isPending}
      onClose={onClose}
    >
      <Field
        label={t`Name`}
        name="name"
        defaultValue={escalation?.name ?? ""}
        autoComplete="off"
        required
        maxLength={128}
      />
      <StepFields steps={steps} onChange={setSteps} />
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
        <Field
          label={t`Rounds after the first`}
          name="repeats"
          type="number"
          min={0}
          max={20}
          required
          defaultValue={escalation?.repeats ?? 0}
        />
        <Field
          label={t`Minutes between rounds`}
          name="pause_minutes"
          type="number"
          min={1}
          max={1440}
          required
          defaultValue={escalation?.pause_minutes ?? 30}
        />
      </div>
    </FormDialog>
  );
}

function StepFields({ steps, onChange }: { steps: Step[]; onChange: (steps: Step[]) => void }) {
  const change = (at: number, next: Partial<Step>) =>
    onChange(steps.map((one, place) => (place === at ? { ...one, ...next } : one)));
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>Steps</Trans>
      </legend>
      {steps.map((step, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps have no ids, and their minutes are being typed
        <div key={at} className="flex items-start gap-2 rounded-md border border-edge p-3">
          <div className="flex min-w-0 flex-1 flex-col gap-3">
            <Field
              label={t`Step ${at + 1}, minutes after the begin`}
              type="number"
              min={at === 0 ? 0 : (steps[at - 1]?.after_minutes ?? 0) + 1}
              max={10_080}
              required
              value={step.after_minutes}
              onChange={(event) => change(at, { after_minutes: Number(event.target.value) })}
            />
            <TargetChoice
              legend={t`Step ${at + 1} tells`}
              without="escalation"
              value={step.targets}
              onChange={(targets) => change(at, { targets })}
            />
          </div>
          {steps.length > 1 && (
            <Button
              variant="ghost"
              size="icon"
              aria-label={t`Take step ${at + 1} out`}
              onClick={() => onChange(steps.filter((_, place) => place !== at))}
            >
              <X className="size-4" aria-hidden />
            </Button>
          )}
        </div>
      ))}
      {steps.length < 20 && (
        <div>
          <Button
            size="sm"
            onClick={() =>
              onChange([...steps, { after_minutes: (steps.at(-1)?.after_minutes ?? 0) + LATER_MINUTES, targets: [] }])
            }
          >
            <Plus className="size-3.5" aria-hidden />
            <Trans>Another step</Trans>
          </Button>
        </div>
      )}
    </fieldset>
  );
}
