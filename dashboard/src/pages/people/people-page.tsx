import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import type { Account, IssuedLink } from "@/api/types";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { queryClient, useGoverns } from "@/state/session";
import { AccessDialog } from "./access-dialog";
import { ActDialog } from "./act-dialog";
import type { Act } from "./acts";
import { InviteDialog } from "./invite-dialog";
import { LinkDialog } from "./link-dialog";
import { PeopleList } from "./people-list";
import { accountsQuery } from "./queries";
import { RoleLegend } from "./role-legend";

type Doing =
  | { what: "invite" }
  | { what: "link"; link: IssuedLink; invited: boolean }
  | { what: "access"; account: Account }
  | { what: "act"; act: Act; account: Account };

/** Who may log in and what they may do; for admins of all agents. */
export function PeoplePage() {
  const governs = useGoverns();
  const people = useQuery({ ...accountsQuery, enabled: governs });
  const [doing, setDoing] = useState<Doing | null>(null);
  const done = () => setDoing(null);
  const again = () => queryClient.invalidateQueries(accountsQuery);
  useEffect(() => {
    document.title = t`People · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="font-semibold text-xl tracking-tight">
            <Trans>People</Trans>
          </h1>
          <p className="text-muted">
            <Trans>Who may log in to this hub, what they may do, and where.</Trans>
          </p>
        </div>
        <Button data-key="n" variant="primary" disabled={!governs} onClick={() => setDoing({ what: "invite" })}>
          <UserPlus className="size-4" aria-hidden />
          <Trans>Invite</Trans>
        </Button>
      </div>
      {!governs && <RoleNote needed="admin" what={t`Seeing and changing people`} />}
      {people.error !== null && (
        <Notice title={t`The list could not be loaded`} onRetry={() => void people.refetch()}>
          {asProblem(people.error).message}
        </Notice>
      )}
      {governs && people.isPending && <Skeleton className="h-40 w-full" />}
      {people.data !== undefined && (
        <PeopleList
          accounts={people.data}
          onAccess={(account) => setDoing({ what: "access", account })}
          onAct={(act, account) => setDoing({ what: "act", act, account })}
        />
      )}
      <RoleLegend />
      {doing?.what === "invite" && (
        <InviteDialog
          onInvited={(link) => {
            void again();
            setDoing({ what: "link", link, invited: true });
          }}
          onClose={done}
        />
      )}
      {doing?.what === "link" && <LinkDialog link={doing.link} invited={doing.invited} onClose={done} />}
      {doing?.what === "access" && <AccessDialog account={doing.account} onChanged={again} onClose={done} />}
      {doing?.what === "act" && (
        <ActDialog
          act={doing.act}
          account={doing.account}
          onDone={(link) => {
            void again();
            setDoing(link === null ? null : { what: "link", link, invited: doing.account.invited });
          }}
          onClose={done}
        />
      )}
    </div>
  );
}
