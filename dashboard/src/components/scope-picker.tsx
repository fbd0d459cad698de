import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { isEverything, type Scope } from "@/lib/access";
import { joined } from "@/lib/language";
import { CheckMenu } from "./check-menu";

interface ScopePickerProps {
  value: Scope;
  /** The environments and tags in use. */
  options: Scope;
  onChange: (scope: Scope) => void;
}

const PARTS = [
  { key: "environments", label: t`Environments` },
  { key: "tags", label: t`Tags` },
] as const;

/** Chooses agents by environments and tags, and says in words what that comes to. */
export function ScopePicker({ value, options, onChange }: ScopePickerProps) {
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>Agents</Trans>
      </legend>
      <div className="flex flex-wrap gap-2">
        {PARTS.map(({ key, label }) => (
          <CheckMenu
            key={key}
            label={label}
            options={options[key]}
            value={value[key]}
            onChange={(chosen) => onChange({ ...value, [key]: chosen })}
          />
        ))}
      </div>
      <p className="text-muted text-xs" aria-live="polite">
        <ScopeText scope={value} />
      </p>
    </fieldset>
  );
}

/** A scope in words. */
export function ScopeText({ scope }: { scope: Scope }) {
  if (isEverything(scope)) return t`All agents`;
  const environments = scope.environments.join(", ");
  const tags = joined(scope.tags, "disjunction");
  if (tags === "") return t`Agents of ${environments}`;
  return environments === ""
    ? t`Agents with the tag ${tags}`
    : t`Agents of ${environments}, and those with the tag ${tags}`;
}
