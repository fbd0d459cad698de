import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link2 } from "lucide-react";
import { useState } from "react";
import { beginLink, unlink } from "@/api/identities";
import { asProblem } from "@/api/problem";
import type { Identity } from "@/api/types";
import { Card } from "@/components/card";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { hubNow } from "@/lib/clock";
import { formatAgo } from "@/lib/time";
import { providersQuery } from "@/state/providers";
import { queryClient } from "@/state/session";
import { identitiesQuery } from "./queries";

/** Who somebody is at the identity provider; nothing at all on a hub without one. */
export function IdentityCard() {
  const { data: providers } = useQuery(providersQuery);
  const { data: mine } = useQuery(identitiesQuery);
  const link = useMutation({ mutationFn: beginLink, onSuccess: (url) => window.location.assign(url) });
  const remove = useMutation({
    mutationFn: (identity: Identity) => unlink(identity.id),
    onSettled: () => queryClient.invalidateQueries(identitiesQuery),
  });
  const [provider] = providers ?? [];
  if (mine === undefined || (provider === undefined && mine.items.length === 0)) return null;
  const problem = link.error ?? remove.error;
  const name = provider?.name ?? t`identity provider`;
  return (
    <Card
      title={t`Login with ${name}`}
      text={
        mine.items.length === 0
          ? t`Link your account, and you can log in with ${name} too.`
          : t`Your account is linked: a login there lets you in here.`
      }
      action={
        mine.items.length === 0 && (
          <Button disabled={link.isPending} onClick={() => link.mutate()}>
            <Link2 className="size-4" aria-hidden />
            <Trans context="verb">Link</Trans>
          </Button>
        )
      }
    >
      {problem !== null && (
        <div className="px-5 pb-4">
          <FormProblem text={asProblem(problem).advice} />
        </div>
      )}
      {mine.items.length > 0 && (
        <ul aria-label={t`Linked identities`} className="divide-y border-t">
          {mine.items.map((identity) => (
            <IdentityItem
              key={identity.id}
              identity={identity}
              onUnlink={mine.has_password ? () => remove.mutate(identity) : null}
            />
          ))}
        </ul>
      )}
    </Card>
  );
}

function IdentityItem({ identity, onUnlink }: { identity: Identity; onUnlink: (() => void) | null }) {
  const [now] = useState(hubNow);
  const { label, provider } = identity;
  const when = formatAgo(identity.created_at, now);
  const told = [provider, t`since ${when}`, ...(identity.gives_role ? [t`decides on your role`] : [])];
  return (
    <li className="flex items-center gap-4 px-5 py-3">
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{label}</p>
        <p className="text-muted text-xs">{told.join(" · ")}</p>
      </div>
      {onUnlink !== null && (
        <Button size="sm" onClick={onUnlink} aria-label={t`Unlink ${label}`}>
          <Trans>Unlink</Trans>
        </Button>
      )}
    </li>
  );
}
