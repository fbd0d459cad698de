import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import type { NewEnrollmentToken } from "@/api/enrollment";
import type { Problem } from "@/api/problem";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { parseTags } from "@/lib/tags";

const LIFETIMES = [
  { value: "3600", label: t`An hour` },
  { value: "86400", label: t`A day` },
  { value: "604800", label: t`A week` },
  { value: "2592000", label: t`30 days` },
] as const;

interface TokenFormProps {
  pending: boolean;
  problem: Problem | null;
  onSubmit: (token: NewEnrollmentToken) => void;
  onClose: () => void;
}

/** For how many servers, of which kind, where they belong, and how long. */
export function TokenForm({ pending, problem, onSubmit, onClose }: TokenFormProps) {
  const [many, setMany] = useState(false);
  const [lifetime, setLifetime] = useState<(typeof LIFETIMES)[number]["value"]>("3600");
  const errorOf = (field: string) => problem?.fields.find((one) => one.field.startsWith(field))?.detail;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onSubmit({
      max_uses: many ? Number(form.get("max_uses")) : 1,
      expires_in_s: Number(lifetime),
      types: parseTags(String(form.get("types"))),
      environment: String(form.get("environment")).trim(),
      tags: parseTags(String(form.get("tags"))),
      approval: form.get("approval") !== null,
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <FormProblem text={problem === null || problem.fields.length > 0 ? null : problem.message} />
      <div className="flex flex-wrap items-end gap-3">
        <Labelled label={t`Lets in`}>
          <Segmented
            label={t`Lets in`}
            value={many ? "many" : "one"}
            options={[
              { value: "one", label: t`One server` },
              { value: "many", label: t`Many` },
            ]}
            onChange={(value) => setMany(value === "many")}
          />
        </Labelled>
        {many && (
          <div className="w-32">
            <Field
              label={t`At most`}
              name="max_uses"
              type="number"
              min={2}
              max={10_000}
              defaultValue={10}
              required
              error={errorOf("max_uses")}
            />
          </div>
        )}
      </div>
      <Labelled label={t`Good for`}>
        <Segmented label={t`Good for`} value={lifetime} options={LIFETIMES} onChange={setLifetime} />
      </Labelled>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field
          label={t`Environment`}
          name="environment"
          placeholder={t`production`}
          hint={t`Given to all.`}
          error={errorOf("environment")}
        />
        <Field label={t`Tags`} name="tags" placeholder={t`web, eu`} hint={t`Given to all.`} error={errorOf("tags")} />
        <Field
          label={t`Only of type`}
          name="types"
          placeholder="host, script" // not a text
          hint={t`Empty: any.`}
          error={errorOf("types")}
        />
      </div>
      <label className="touch flex items-center gap-2">
        <input type="checkbox" name="approval" className="size-4 accent-accent" />
        <Trans>They wait until somebody approves them</Trans>
      </label>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button type="submit" variant="primary" disabled={pending}>
          {pending ? t`Making…` : t`Make token`}
        </Button>
      </div>
    </form>
  );
}

function Labelled({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-1.5">
      <span className="font-medium text-sm" aria-hidden>
        {label}
      </span>
      {children}
    </div>
  );
}
