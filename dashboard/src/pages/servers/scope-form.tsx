import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import type { TokenScope } from "@/api/calls";
import type { Problem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { parseTags } from "@/lib/tags";

interface ScopeFormProps {
  scope: TokenScope;
  problem: Problem | null;
  onChange: (scope: TokenScope) => void;
}

/** What the token gives its server; a change makes another token. */
export function ScopeForm({ scope, problem, onChange }: ScopeFormProps) {
  const [open, setOpen] = useState(false);
  const errorOf = (field: string) => problem?.fields.find((one) => one.field.startsWith(field))?.detail;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onChange({
      environment: String(form.get("environment")).trim(),
      tags: parseTags(String(form.get("tags"))),
      approval: form.get("approval") !== null,
    });
  };
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)} className="mb-3">
      <summary className="touch cursor-pointer py-1 text-muted text-sm hover:text-text">
        <Trans>Environment, tags and approval</Trans>
      </summary>
      <form onSubmit={submit} className="mt-2 grid items-end gap-3 rounded-md border bg-bg p-3 sm:grid-cols-2">
        <Field
          label={t`Environment`}
          name="environment"
          placeholder={t`production`}
          defaultValue={scope.environment ?? ""}
          error={errorOf("environment")}
        />
        <Field
          label={t`Tags`}
          name="tags"
          placeholder={t`web, eu`}
          defaultValue={(scope.tags ?? []).join(", ")}
          error={errorOf("tags")}
        />
        <label className="touch flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            name="approval"
            defaultChecked={scope.approval ?? false}
            className="size-4 accent-accent"
          />
          <Trans>Wait until somebody approves it</Trans>
        </label>
        <div className="flex justify-end">
          <Button type="submit" size="sm">
            <Trans>Make this token</Trans>
          </Button>
        </div>
      </form>
    </details>
  );
}
