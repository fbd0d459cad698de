import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createApiToken } from "@/api/calls";
import { asProblem } from "@/api/problem";
import { CopyBlock } from "@/components/copy";
import { ScopePicker } from "@/components/scope-picker";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { type Permission, type RoleName, rolesUpTo, type Scope } from "@/lib/access";
import { useUser } from "@/state/session";
import { PermissionChoice } from "./permission-choice";
import { facetsQuery } from "./queries";

const LIFETIMES = [
  { value: "7", label: t`7 days` },
  { value: "30", label: t`30 days` },
  { value: "90", label: t`90 days` },
  { value: "366", label: t`A year` },
] as const;

type Lifetime = (typeof LIFETIMES)[number]["value"];

/** Describes a token, then shows it, once. */
export function NewTokenDialog({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const make = useMutation({ mutationFn: createApiToken, onSuccess: onMade });
  const token = make.data?.token;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={token === undefined ? t`New API token` : t`Copy your token now`}
      description={
        token === undefined
          ? t`Give it no more than the script needs.`
          : t`It is shown this once. The hub keeps a hash of it only.`
      }
    >
      {token === undefined ? (
        <TokenForm
          pending={make.isPending}
          problem={make.error === null ? null : asProblem(make.error).message}
          onSubmit={make.mutate}
          onClose={onClose}
        />
      ) : (
        <div className="flex flex-col gap-4">
          <CopyBlock label={t`API token`} text={token} />
          <CopyBlock
            label={t`Example`}
            text={`curl -H "Authorization: Bearer $OPSENTRIX_TOKEN" \\\n    ${window.location.origin}/api/v1/agents`}
          />
          <div className="flex justify-end">
            <Button variant="primary" onClick={onClose}>
              <Trans context="button">Done</Trans>
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}

interface TokenFormProps {
  pending: boolean;
  problem: string | null;
  onSubmit: (wanted: Parameters<typeof createApiToken>[0]) => void;
  onClose: () => void;
}

function TokenForm({ pending, problem, onSubmit, onClose }: TokenFormProps) {
  const user = useUser();
  const facets = useQuery(facetsQuery);
  const [role, setRole] = useState<RoleName>("viewer");
  const [scope, setScope] = useState<Scope>({ environments: [], tags: [] });
  const [permissions, setPermissions] = useState<readonly Permission[]>([]);
  const [lifetime, setLifetime] = useState<Lifetime>("90");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSubmit({
      name: String(new FormData(event.currentTarget).get("name")).trim(),
      role,
      environments: [...scope.environments],
      tags: [...scope.tags],
      permissions: [...permissions],
      expires_in_days: Number(lifetime),
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <Field label={t`Name`} name="name" placeholder={t`what uses it, such as grafana`} required maxLength={64} />
      <Labelled label={t`Role`}>
        <Segmented
          label={t`Role`}
          value={role}
          options={rolesUpTo(user.role).map((one) => ({ value: one, label: one }))}
          onChange={setRole}
        />
      </Labelled>
      <PermissionChoice value={permissions} onChange={setPermissions} />
      <ScopePicker value={scope} options={facets.data ?? { environments: [], tags: [] }} onChange={setScope} />
      <Labelled label={t`Expires after`}>
        <Segmented label={t`Expires after`} value={lifetime} options={LIFETIMES} onChange={setLifetime} />
      </Labelled>
      {problem !== null && (
        <p role="alert" className="text-bad">
          {problem}
        </p>
      )}
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
