import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { ApiToken } from "@/api/types";
import { ScopeText } from "@/components/scope-picker";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { expiryOf, permissionsText } from "@/lib/access";
import { hubNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { formatAgo, formatMoment } from "@/lib/time";

interface TokenListProps {
  items: readonly ApiToken[];
  /** Says whose each token is. */
  owners: boolean;
  onRevoke: (token: ApiToken) => void;
}

/** Tokens: what each may, where, since when it was not used, and until when it lives. */
export function TokenList({ items, owners, onRevoke }: TokenListProps) {
  const now = hubNow();
  return (
    <ul aria-label={t`API tokens`} className="card divide-y">
      {items.map((token) => (
        <TokenItem key={token.id} token={token} owner={owners} now={now} onRevoke={() => onRevoke(token)} />
      ))}
    </ul>
  );
}

interface TokenItemProps {
  token: ApiToken;
  owner: boolean;
  now: number;
  onRevoke: () => void;
}

function TokenItem({ token, owner, now, onRevoke }: TokenItemProps) {
  const { name, username } = token;
  const expiresAt = Date.parse(token.expires_at) / 1000;
  const expiry = expiryOf(expiresAt, now);
  return (
    <li className="flex items-start gap-4 px-4 py-3.5">
      <div className="grid min-w-0 flex-1 gap-x-6 gap-y-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,1.3fr)_9.5rem_8rem]">
        <div className="min-w-0">
          <p className={cn("truncate font-medium", expiry.state === "over" && "text-muted line-through")}>{name}</p>
          <p className="flex flex-wrap items-center gap-1.5 text-muted text-xs">
            <Badge>{token.role}</Badge>
            {owner && (
              <span className="truncate">
                <Trans>of {username}</Trans>
              </span>
            )}
          </p>
        </div>
        <div className="min-w-0 text-xs">
          <p>{permissionsText(token.permissions)}</p>
          <p className="text-muted">
            <ScopeText scope={token.scope} />
          </p>
        </div>
        <Fact label={t`Last used`}>
          {formatAgo(token.last_used_at, now)}
          {token.last_used_from !== "" && <span className="block truncate text-muted">{token.last_used_from}</span>}
        </Fact>
        <Fact label={t`Expires`}>
          <span
            title={formatMoment(expiresAt)}
            className={cn(expiry.state === "over" && "text-bad", expiry.state === "soon" && "font-medium")}
          >
            {expiry.text}
          </span>
        </Fact>
      </div>
      <Button size="sm" onClick={onRevoke} aria-label={t`Revoke ${name}`}>
        <Trans>Revoke</Trans>
      </Button>
    </li>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="tnum min-w-0 text-xs max-sm:flex max-sm:flex-wrap max-sm:gap-x-1.5">
      <span className="text-muted sm:block">{label}</span>
      <span className="min-w-0">{children}</span>
    </div>
  );
}
