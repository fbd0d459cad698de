import { Trans } from "@lingui/react/macro";
import { ROLE_TEXTS, ROLES, type RoleName } from "@/lib/access";
import { cn } from "@/lib/cn";

interface RoleChoiceProps {
  value: RoleName;
  onChange: (role: RoleName) => void;
}

/** One of the roles, each with what it may do. */
export function RoleChoice({ value, onChange }: RoleChoiceProps) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>Role</Trans>
      </legend>
      {ROLES.map((role) => (
        <label
          key={role}
          className={cn(
            "flex cursor-pointer items-start gap-3 rounded-md border border-edge px-3 py-2.5 hover:bg-raised",
            role === value && "border-accent bg-accent/8",
          )}
        >
          <input
            type="radio"
            name="role"
            className="mt-0.5 size-4 shrink-0 accent-accent"
            checked={role === value}
            onChange={() => onChange(role)}
          />
          <span>
            <span className="block font-medium first-letter:uppercase">{role}</span>
            <span className="text-muted text-xs">{ROLE_TEXTS[role]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
