import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { moved } from "@/lib/routing";
import { newStep, type StepDraft } from "@/lib/runbook-form";
import { ActionField } from "./action-field";
import { useEditorContext, useMistake } from "./editor-context";
import { LengthField } from "./length-field";
import { ParamFields } from "./param-fields";

interface StepsFieldProps {
  /** Where the list stands in the runbook. */
  path: "steps" | "undo";
  most: number;
  value: readonly StepDraft[];
  onChange: (steps: StepDraft[]) => void;
}

const WORDS = {
  steps: {
    step: (number: number) => t`Step ${number}`,
    remove: (number: number) => t`Remove step ${number}`,
    up: (number: number) => t`Move step ${number} up`,
    down: (number: number) => t`Move step ${number} down`,
    first: t`Add step`,
    another: t`Add another step`,
  },
  undo: {
    step: (number: number) => t`Undo step ${number}`,
    remove: (number: number) => t`Remove undo step ${number}`,
    up: (number: number) => t`Move undo step ${number} up`,
    down: (number: number) => t`Move undo step ${number} down`,
    first: t`Add undo step`,
    another: t`Add another undo step`,
  },
};

/** What is done, in order. */
export function StepsField({ path, most, value, onChange }: StepsFieldProps) {
  const { readOnly } = useEditorContext();
  const mistake = useMistake(path);
  const words = WORDS[path];
  const put = (next: StepDraft) => onChange(value.map((one) => (one.key === next.key ? next : one)));
  return (
    <div className="flex flex-col gap-3">
      <ol className="flex flex-col gap-3">
        {value.map((one, at) => (
          <li key={one.key} className="relative flex gap-3 max-sm:gap-2">
            <span
              aria-hidden
              className="tnum mt-3 grid size-6 shrink-0 place-items-center rounded-full bg-raised font-semibold text-2xs text-muted"
            >
              {at + 1}
            </span>
            <section
              aria-label={words.step(at + 1)}
              className="min-w-0 flex-1 rounded-lg border border-edge p-3.5 sm:p-4"
            >
              {!readOnly && (
                <div className="mb-1 flex justify-end gap-0.5 sm:float-right sm:-mt-1.5 sm:-me-1.5">
                  {value.length > 1 && (
                    <>
                      <Move path={path} at={at} by={-1} value={value} onChange={onChange} />
                      <Move path={path} at={at} by={1} value={value} onChange={onChange} />
                    </>
                  )}
                  {(value.length > 1 || path === "undo") && (
                    <Button
                      variant="ghost"
                      size="icon"
                      aria-label={words.remove(at + 1)}
                      onClick={() => onChange(value.filter(({ key }) => key !== one.key))}
                    >
                      <X className="size-4" aria-hidden />
                    </Button>
                  )}
                </div>
              )}
              <Step step={one} path={`${path}[${at}]`} onChange={put} />
            </section>
          </li>
        ))}
      </ol>
      {mistake !== undefined && <p className="text-bad text-xs">{mistake}</p>}
      {!readOnly && value.length < most && (
        <div>
          <Button size="sm" onClick={() => onChange([...value, newStep()])}>
            <Plus className="size-3.5" aria-hidden />
            {value.length === 0 ? words.first : words.another}
          </Button>
        </div>
      )}
    </div>
  );
}

interface MoveProps extends Pick<StepsFieldProps, "path" | "value" | "onChange"> {
  at: number;
  by: -1 | 1;
}

function Move({ path, at, by, value, onChange }: MoveProps) {
  const Icon = by === -1 ? ArrowUp : ArrowDown;
  return (
    <Button
      variant="ghost"
      size="icon"
      disabled={by === -1 ? at === 0 : at === value.length - 1}
      aria-label={by === -1 ? WORDS[path].up(at + 1) : WORDS[path].down(at + 1)}
      onClick={() => onChange(moved(value, at, by))}
    >
      <Icon className="size-4" aria-hidden />
    </Button>
  );
}

interface StepProps {
  step: StepDraft;
  path: string;
  onChange: (step: StepDraft) => void;
}

function Step({ step, path, onChange }: StepProps) {
  const { readOnly } = useEditorContext();
  const mistake = useMistake(path);
  return (
    <fieldset disabled={readOnly} className="flex flex-col gap-4">
      <legend className="sr-only">
        <Trans>What is done</Trans>
      </legend>
      <ActionField step={step} path={`${path}.action`} onChange={onChange} />
      <div className="grid gap-4 sm:grid-cols-2">
        <ParamFields step={step} path={`${path}.params`} onChange={onChange} />
        <LengthField
          label={t`Time limit`}
          hint={t`0: as long as the machine’s policy allows.`}
          path={`${path}.timeout`}
          value={step.timeout}
          onChange={(timeout) => onChange({ ...step, timeout })}
        />
      </div>
      {mistake !== undefined && <p className="text-bad text-xs">{mistake}</p>}
    </fieldset>
  );
}
