import { t } from "@lingui/core/macro";
import { useId } from "react";
import type { ChannelField } from "@/api/types";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { PeopleChoice } from "./people-choice";

export type Values = Readonly<Record<string, string>>;

interface KindFieldsProps {
  fields: readonly ChannelField[];
  values: Values;
  /** Names of secrets that the hub has already. */
  kept: readonly string[];
  onChange: (name: string, value: string) => void;
  about: (field: string) => string | undefined;
}

/** The form of a kind of channel, made from what the hub says that it takes. */
export function KindFields({ fields, values, kept, onChange, about }: KindFieldsProps) {
  return fields.map((field) => {
    const value = values[field.name] ?? "";
    if (field.type === "choice") {
      return <Choice key={field.name} field={field} value={value} onChange={(next) => onChange(field.name, next)} />;
    }
    if (field.type === "people") {
      return (
        <PeopleChoice
          key={field.name}
          label={field.title}
          value={namesOf(value)}
          error={about(`settings.${field.name}`)}
          onChange={(names) => onChange(field.name, names.join(", "))}
        />
      );
    }
    const stays = kept.includes(field.name);
    return (
      <Field
        key={field.name}
        label={field.required ? field.title : t`${field.title} (optional)`}
        {...hintOf(field, stays)}
        error={about(`settings.${field.name}`)}
        type={field.secret && field.type !== "url" ? "password" : field.type === "number" ? "number" : "text"}
        autoComplete="off"
        spellCheck={false}
        required={field.required && !stays}
        placeholder={stays ? t`unchanged` : String(field.default)}
        value={value}
        onChange={(event) => onChange(field.name, event.target.value)}
      />
    );
  });
}

function hintOf(field: ChannelField, stays: boolean): { hint?: string } {
  const parts = [
    field.help,
    field.type === "list" ? t`Several with commas.` : "",
    stays ? t`Set; leave it empty to keep it.` : field.secret ? t`Sealed, and never shown again.` : "",
  ].filter((one) => one !== "");
  return parts.length === 0 ? {} : { hint: parts.join(" ") };
}

function Choice({ field, value, onChange }: { field: ChannelField; value: string; onChange: (next: string) => void }) {
  const id = useId();
  return (
    <div className="flex flex-col items-start gap-1.5">
      <span id={id} className="font-medium text-sm" aria-hidden>
        {field.title}
      </span>
      <Segmented
        label={field.title}
        value={value === "" ? String(field.default) : value}
        options={field.choices.map((one) => ({ value: one, label: one }))}
        onChange={onChange}
      />
    </div>
  );
}

const listOf = (text: string) => text.split(/[,;\s]+/).filter((one) => one !== "");
const namesOf = (text: string) => text.split(", ").filter((one) => one !== "");

/** What the form says as the hub takes it; what is empty goes back to its default, but a kept secret stays. */
export function settingsOf(fields: readonly ChannelField[], values: Values, kept: readonly string[]) {
  const settings: Record<string, string | number | string[] | null> = {};
  for (const field of fields) {
    const value = (values[field.name] ?? "").trim();
    if (value === "") {
      if (!kept.includes(field.name)) settings[field.name] = null;
    } else if (field.type === "number") settings[field.name] = Number(value);
    else if (field.type === "list") settings[field.name] = listOf(value);
    else if (field.type === "people") settings[field.name] = namesOf(value);
    else settings[field.name] = value;
  }
  return settings;
}

/** What the hub has, as the form shows it. */
export function valuesOf(settings: Readonly<Record<string, unknown>>): Values {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : String(value)]),
  );
}
