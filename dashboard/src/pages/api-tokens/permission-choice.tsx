import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Segmented } from "@/components/ui/segmented";
import { PERMISSIONS, type Permission } from "@/lib/access";

const MAY = t({ message: "May", context: "permissions" });
const KINDS = [
  { value: "all", label: t`All its role may` },
  { value: "read", label: t`Read only` },
  { value: "some", label: t`Choose` },
] as const;

interface PermissionChoiceProps {
  value: readonly Permission[];
  onChange: (permissions: readonly Permission[]) => void;
}

/** What a token may: everything, to read, or chosen parts. */
export function PermissionChoice({ value, onChange }: PermissionChoiceProps) {
  const [kind, setKind] = useState<(typeof KINDS)[number]["value"]>("all");
  const choose = (next: typeof kind) => {
    setKind(next);
    onChange(next === "all" ? [] : next === "read" ? ["read"] : ["agents:read", "metrics:read"]);
  };
  const toggle = (permission: Permission, on: boolean) => {
    const next = on ? [...value, permission] : value.filter((one) => one !== permission);
    // No permissions at all would mean all of them.
    if (next.length > 0) onChange(next);
  };
  return (
    <div className="flex flex-col items-start gap-1.5">
      <span className="font-medium text-sm" aria-hidden>
        {MAY}
      </span>
      <Segmented label={MAY} value={kind} options={KINDS} onChange={choose} />
      {kind === "all" && (
        <p className="text-muted text-xs">
          <Trans>Commands to machines have a box of their own: choose.</Trans>
        </p>
      )}
      {kind === "some" && (
        <fieldset className="mt-1 grid w-full gap-x-4 gap-y-1 sm:grid-cols-2">
          <legend className="sr-only">
            <Trans>Permissions</Trans>
          </legend>
          {PERMISSIONS.map((permission) => (
            <label key={permission.value} className="touch flex items-start gap-2.5 py-1">
              <input
                type="checkbox"
                className="mt-0.5 size-4 accent-accent"
                checked={value.includes(permission.value)}
                onChange={(event) => toggle(permission.value, event.target.checked)}
              />
              <span>
                {permission.label}
                <span className="block text-muted text-xs">{permission.hint}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}
