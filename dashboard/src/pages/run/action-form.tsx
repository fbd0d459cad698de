import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { EffectMark } from "@/components/effect";
import { Button } from "@/components/ui/button";
import { formProblems } from "@/lib/action-spec";
import type { ParameterSpec } from "@/lib/action-words";
import { EFFECT_WORDS } from "@/lib/action-words";
import { ParameterField } from "./parameter-field";
import type { Offered } from "./use-offered";

interface ActionFormProps {
  action: Offered;
  parameters: readonly ParameterSpec[];
  values: Record<string, string>;
  onChange: (values: Record<string, string>) => void;
  onBack: (() => void) | null;
  onNext: () => void;
}

/** What an action needs to know. */
export function ActionForm({ action, parameters, values, onChange, onBack, onNext }: ActionFormProps) {
  const [tried, setTried] = useState(false);
  const problems = formProblems(parameters, values);
  const own = action.parameters.map(({ name }) => name);
  const oneOf = action.name === "log.tail";
  const neither = oneOf && (values.file ?? "") === "" && (values.unit ?? "") === "";
  const both = oneOf && (values.file ?? "") !== "" && (values.unit ?? "") !== "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(problems).length === 0 && !neither && !both) onNext();
  };
  const script = action.name === "script" ? action.scripts[values.name ?? ""] : undefined;
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      {parameters.map((one) => (
        <ParameterField
          key={one.name}
          action={action}
          parameter={one}
          ofScript={!own.includes(one.name)}
          value={values[one.name] ?? ""}
          error={tried ? problems[one.name] : undefined}
          onChange={(value) => onChange({ ...values, [one.name]: value })}
        />
      ))}
      {script !== undefined && script.problem !== "" && (
        <p role="alert" className="text-bad">
          <Trans>This script cannot be used: {ph({ why: script.problem })}</Trans>
        </p>
      )}
      {tried && (neither || both) && (
        <p role="alert" className="text-bad">
          {neither ? t`A file or a service is needed.` : t`A file or a service, not both.`}
        </p>
      )}
      <div className="flex flex-wrap items-center justify-end gap-2">
        <span className="me-auto flex items-center gap-2 text-muted text-xs">
          <EffectMark effect={action.effect} />
          <span className="max-sm:hidden">{EFFECT_WORDS[action.effect].text}</span>
        </span>
        {onBack !== null && (
          <Button onClick={onBack}>
            <Trans>Back</Trans>
          </Button>
        )}
        <Button type="submit" variant="primary">
          <Trans>Continue</Trans>
        </Button>
      </div>
    </form>
  );
}
