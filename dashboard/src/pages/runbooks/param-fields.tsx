import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { ChoiceField } from "@/components/choice-field";
import { Button } from "@/components/ui/button";
import { parametersFor } from "@/lib/action-spec";
import { choicesOf, type ParameterSpec, parameterLabel } from "@/lib/action-words";
import { joined } from "@/lib/language";
import { type ParamValue, type StepDraft, typedValue } from "@/lib/runbook-form";
import { useEditorContext, useMistake } from "./editor-context";

interface ParamFieldsProps {
  step: StepDraft;
  path: string;
  onChange: (step: StepDraft) => void;
}

/** The parameters of a step: those that its action declares, and whatever else was written. */
export function ParamFields({ step, path, onChange }: ParamFieldsProps) {
  const { offers, readOnly } = useEditorContext();
  const offer = offers.actions.find(({ name }) => name === step.action);
  const texts = Object.fromEntries(Object.entries(step.params).map(([name, value]) => [name, String(value)]));
  const declared = offer === undefined ? [] : parametersFor(offer, texts);
  const own = new Set(offer?.parameters.map(({ name }) => name));
  const others = Object.keys(step.params).filter((name) => !declared.some((one) => one.name === name));
  const mistake = useMistake(path);
  const put = (name: string, value: ParamValue) => {
    const { [name]: _, ...rest } = step.params;
    onChange({ ...step, params: value === "" ? rest : { ...step.params, [name]: value } });
  };
  return (
    <>
      {declared.map((one) => {
        const choices = offer === undefined ? null : choicesOf(offer, one.name);
        return (
          <ParamField
            key={one.name}
            label={labelOf(one, !own.has(one.name))}
            path={`${path}.${one.name}`}
            value={step.params[one.name]}
            type={one.type}
            options={optionsOf(one, choices?.exact ?? [])}
            hint={hintOf(one, choices?.patterns ?? [])}
            onChange={(value) => put(one.name, value)}
          />
        );
      })}
      {others.map((name) => (
        <ParamField
          key={name}
          label={name}
          path={`${path}.${name}`}
          value={step.params[name]}
          type={typeOf(step.params[name])}
          options={[]}
          hint={offer === undefined ? "" : t`The action does not declare it.`}
          onChange={(value) => onChange({ ...step, params: { ...step.params, [name]: value } })}
          onRemove={() => put(name, "")}
        />
      ))}
      {mistake !== undefined && <p className="text-bad text-xs">{mistake}</p>}
      {offer === undefined && step.action !== "" && !readOnly && (
        <AddParam
          taken={Object.keys(step.params)}
          onAdd={(name) => onChange({ ...step, params: { ...step.params, [name]: "" } })}
        />
      )}
    </>
  );
}

const typeOf = (value: ParamValue | undefined): ParameterSpec["type"] =>
  typeof value === "number" ? "integer" : typeof value === "boolean" ? "boolean" : "string";

function labelOf({ name, required }: ParameterSpec, ofScript: boolean): string {
  const label = parameterLabel(name, ofScript);
  return required ? label : t`${label} (optional)`;
}

function optionsOf({ type, choices }: ParameterSpec, exact: readonly string[]): readonly string[] {
  if (type === "boolean") return ["true", "false"];
  return type === "choice" ? choices.filter((one) => exact.length === 0 || exact.includes(one)) : exact;
}

function hintOf({ help, type, min, max }: ParameterSpec, patterns: readonly string[]): string {
  const range = type === "integer" && min !== null && max !== null && max < 1e9 ? t`From ${min} to ${max}.` : "";
  const like = patterns.length === 0 ? "" : t`What is like ${{ patterns: joined(patterns, "disjunction") }}.`;
  return [help === "" ? "" : `${help}.`, range, like].filter((one) => one !== "").join(" ");
}

interface ParamFieldProps {
  label: string;
  path: string;
  value: ParamValue | undefined;
  type: ParameterSpec["type"];
  options: readonly string[];
  hint: string;
  onChange: (value: ParamValue) => void;
  onRemove?: () => void;
}

/** One parameter: a value, or the label of the alert that it takes its value from. */
function ParamField({ label, path, value, type, options, hint, onChange, onRemove }: ParamFieldProps) {
  const { known, readOnly } = useEditorContext();
  const mistake = useMistake(path);
  const labels = (known.alertLabels ?? []).map((name) => `$label.${name}`);
  return (
    <div className="flex min-w-0 items-start gap-1">
      <div className="min-w-0 flex-1">
        <ChoiceField
          label={label}
          free
          value={value === undefined ? "" : String(value)}
          options={[...options, ...labels]}
          error={mistake}
          {...(hint === "" ? {} : { hint })}
          onChange={(text) => onChange(typedValue(text, type))}
        />
      </div>
      {onRemove !== undefined && !readOnly && (
        <Button variant="ghost" size="icon" className="mt-6.5" aria-label={t`Remove ${label}`} onClick={onRemove}>
          <X className="size-4" aria-hidden />
        </Button>
      )}
    </div>
  );
}

function AddParam({ taken, onAdd }: { taken: readonly string[]; onAdd: (name: string) => void }) {
  const [name, setName] = useState("");
  const usable = /^[A-Za-z0-9_.-]{1,64}$/.test(name) && !taken.includes(name);
  return (
    <div className="flex items-end gap-2">
      <label className="flex min-w-0 flex-1 flex-col gap-1.5">
        <span className="font-medium text-sm">
          <Trans>Another parameter</Trans>
        </span>
        <input
          className="touch h-9 w-full rounded-md border border-edge bg-surface px-3 font-mono text-sm placeholder:font-sans placeholder:text-muted max-sm:text-base"
          placeholder={t`Its name`}
          autoComplete="off"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <Button
        className="h-9"
        disabled={!usable}
        onClick={() => {
          onAdd(name);
          setName("");
        }}
      >
        <Plus className="size-4" aria-hidden />
        <Trans>Add</Trans>
      </Button>
    </div>
  );
}
