import { t } from "@lingui/core/macro";
import { useId } from "react";
import { ChoiceField } from "@/components/choice-field";
import { Field } from "@/components/ui/field";
import { choicesOf, type ParameterSpec, parameterLabel } from "@/lib/action-words";
import { joined } from "@/lib/language";
import type { Offered } from "./use-offered";

interface ParameterFieldProps {
  action: Offered;
  parameter: ParameterSpec;
  /** Whether it is a script's own parameter. */
  ofScript: boolean;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

const BOOLEANS = [
  { value: "", label: t`as the script does by itself` },
  { value: "true", label: t`yes` },
  { value: "false", label: t`no` },
];

/** One parameter: a choice where the policy leaves one, else what its type asks for. */
export function ParameterField({ action, parameter, ofScript, value, error, onChange }: ParameterFieldProps) {
  const id = useId();
  const { name, type, required, help, min, max } = parameter;
  const plain = parameterLabel(name, ofScript);
  const label = required ? plain : t`${{ label: plain }} (optional)`;
  const choices = ofScript ? null : choicesOf(action, name);
  const listed = choices === null ? null : allowedText(choices.patterns);
  if (type === "choice") {
    const options =
      choices === null ? parameter.choices : parameter.choices.filter((one) => choices.exact.includes(one));
    return (
      <ChoiceField
        label={label}
        value={value}
        options={options}
        free={false}
        error={error}
        {...hintOf(help)}
        onChange={onChange}
      />
    );
  }
  if (type === "boolean") {
    return (
      <div className="flex flex-col gap-1.5">
        <label htmlFor={id} className="font-medium text-sm">
          {plain}
        </label>
        <select
          id={id}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className="touch h-9 rounded-md border border-edge bg-surface px-2 text-sm max-sm:text-base"
        >
          {BOOLEANS.map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </select>
      </div>
    );
  }
  if (choices !== null && type === "string") {
    const free = choices.patterns.length > 0;
    return (
      <ChoiceField
        label={label}
        value={value}
        options={choices.exact}
        free={free}
        error={error}
        {...hintOf([help, listed ?? ""].filter((one) => one !== "").join(" "))}
        onChange={onChange}
      />
    );
  }
  const range = type === "integer" && min !== null && max !== null ? rangeText(min, max) : "";
  return (
    <Field
      label={label}
      value={value}
      className={type === "integer" ? "tnum" : "font-mono"}
      inputMode={type === "integer" ? "numeric" : "text"}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      error={error}
      {...hintOf([help, range].filter((one) => one !== "").join(" "))}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

const hintOf = (hint: string) => (hint === "" ? {} : { hint });
const rangeText = (min: number, max: number) => (max > 1e9 ? t`At least ${min}.` : t`From ${min} to ${max}.`);

function allowedText(patterns: readonly string[]): string | null {
  return patterns.length === 0 ? null : t`Also what is like ${{ patterns: joined(patterns, "disjunction") }}.`;
}
