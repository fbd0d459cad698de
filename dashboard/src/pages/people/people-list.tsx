import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import type { Account } from "@/api/types";
import { ChangeMenu } from "@/components/change-menu";
import { ScopeText } from "@/components/scope-picker";
import { Badge } from "@/components/ui/badge";
import { MenuItem } from "@/components/ui/menu";
import { hubNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { formatAgo } from "@/lib/time";
import { duration } from "@/lib/units";
import { useUser } from "@/state/session";
import { ACTS, type Act } from "./acts";

interface PeopleListProps {
  accounts: readonly Account[];
  onAccess: (account: Account) => void;
  onAct: (act: Act, account: Account) => void;
}

/** Everybody, with what they may and whether they are there. */
export function PeopleList({ accounts, onAccess, onAct }: PeopleListProps) {
  const [now] = useState(hubNow);
  return (
    <ul aria-label={t`People`} className="card divide-y">
      {accounts.map((account) => (
        <Person
          key={account.id}
          account={account}
          now={now}
          onAccess={() => onAccess(account)}
          onAct={(act) => onAct(act, account)}
        />
      ))}
    </ul>
  );
}

interface PersonProps {
  account: Account;
  now: number;
  onAccess: () => void;
  onAct: (act: Act) => void;
}

function Person({ account, now, onAccess, onAct }: PersonProps) {
  const myself = useUser().id === account.id;
  return (
    <li className="flex items-center gap-3 px-4 py-3 sm:px-5">
      <span
        aria-hidden
        className={cn(
          "grid size-9 shrink-0 place-items-center rounded-full bg-accent/12 font-semibold text-accent uppercase",
          account.disabled && "bg-raised text-muted",
        )}
      >
        {account.username.slice(0, 1)}
      </span>
      <div className="grid min-w-0 flex-1 gap-x-6 gap-y-1 sm:grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)_minmax(0,1fr)] sm:items-center">
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-x-2">
            <span className={cn("truncate font-medium", account.disabled && "text-muted line-through")}>
              {account.username}
            </span>
            {myself && (
              <span className="text-muted text-xs">
                <Trans>you</Trans>
              </span>
            )}
            <State account={account} />
          </p>
        </div>
        <p className="min-w-0 text-xs">
          <span className="inline-block font-medium first-letter:uppercase">{account.role}</span>
          <span className="text-muted">
            {" · "}
            <ScopeText scope={account.scope} />
          </span>
        </p>
        <p className="tnum text-muted text-xs">{presence(account, now)}</p>
      </div>
      {myself ? (
        <span className="size-8 max-sm:hidden" />
      ) : (
        <ChangeMenu name={account.username}>
          <MenuItem onSelect={onAccess}>
            <Trans>Role and agents</Trans>
          </MenuItem>
          {ACTS.filter((act) => act.offered(account)).map((act) => (
            <MenuItem key={act.label(account)} danger={act.danger} onSelect={() => onAct(act)}>
              {act.label(account)}
            </MenuItem>
          ))}
        </ChangeMenu>
      )}
    </li>
  );
}

function State({ account }: { account: Account }) {
  if (account.disabled)
    return (
      <Badge>
        <Trans context="account">Disabled</Trans>
      </Badge>
    );
  if (account.invited)
    return (
      <Badge className="bg-warn/12 font-medium text-warn">
        <Trans context="account">Invited</Trans>
      </Badge>
    );
  if (!account.totp && account.identity)
    return (
      <span className="text-muted text-xs">
        <Trans>Identity provider</Trans>
      </span>
    );
  if (!account.totp) return null;
  return (
    <span className="inline-flex items-center gap-1 text-ok text-xs">
      <ShieldCheck className="size-3.5" aria-hidden />
      <Trans>Two-factor</Trans>
    </span>
  );
}

function presence({ invited, link_expires_at, last_login_at, sessions }: Account, now: number): string {
  if (invited) {
    if (link_expires_at === null) return t`The invitation has expired`;
    const left = duration(Date.parse(link_expires_at) / 1000 - now);
    return t`Invitation good for ${left}`;
  }
  if (last_login_at === null) return t`Has not logged in yet`;
  const ago = formatAgo(last_login_at, now);
  const loggedIn = t`Logged in ${ago}`;
  return sessions === 0 ? loggedIn : `${loggedIn} · ${plural(sessions, { one: "# session", other: "# sessions" })}`;
}
