import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Share } from "@/api/types";
import { ScopeText } from "@/components/scope-picker";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { expiryOf } from "@/lib/access";
import { hubNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { linkTo, PLACE_WORDS } from "@/lib/shared-place";
import { formatAgo, formatMoment } from "@/lib/time";
import { nameOf } from "./words";

interface ShareListProps {
  items: readonly Share[];
  /** Says whose each link is. */
  owners: boolean;
  onRevoke: (share: Share) => void;
}

/** Links: what each shows of which agents, when it was last used, and until when it works. */
export function ShareList({ items, owners, onRevoke }: ShareListProps) {
  const now = hubNow();
  return (
    <ul aria-label={t`Shared pages`} className="card divide-y">
      {items.map((share) => (
        <Item key={share.id} share={share} owner={owners} now={now} onRevoke={() => onRevoke(share)} />
      ))}
    </ul>
  );
}

interface ItemProps {
  share: Share;
  owner: boolean;
  now: number;
  onRevoke: () => void;
}

function Item({ share, owner, now, onRevoke }: ItemProps) {
  const expiresAt = Date.parse(share.expires_at) / 1000;
  const expiry = expiryOf(expiresAt, now);
  const name = nameOf(share);
  const { username } = share;
  const gone = share.place === "dashboard" && share.dashboard === null;
  return (
    <li className="flex items-start gap-4 px-4 py-3.5">
      <div className="grid min-w-0 flex-1 gap-x-6 gap-y-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,1.3fr)_8rem_8rem]">
        <div className="min-w-0">
          <p className={cn("truncate font-medium", !share.works && "text-muted line-through")}>{name}</p>
          <p className="flex flex-wrap items-center gap-1.5 text-muted text-xs">
            <Badge>{PLACE_WORDS[share.place]}</Badge>
            {owner && (
              <span className="truncate">
                <Trans>of {username}</Trans>
              </span>
            )}
            {!share.works && expiry.state !== "over" && (
              <span className="text-bad">{gone ? t`it was deleted` : t`its maker may not share now`}</span>
            )}
          </p>
        </div>
        <div className="min-w-0 text-xs">
          <p className="truncate">{share.metrics.length === 0 ? t`The page’s own values` : share.metrics.join(", ")}</p>
          <p className="text-muted">
            <ScopeText scope={share.scope} />
            {!gone && " · "}
            {!gone && (
              <Link {...linkTo(share, false)} className="underline underline-offset-2 hover:text-text">
                <Trans>open the page</Trans>
              </Link>
            )}
          </p>
        </div>
        <Fact label={t`Last used`}>{formatAgo(share.last_used_at, now)}</Fact>
        <Fact label={t`Ends`}>
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

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="tnum min-w-0 text-xs max-sm:flex max-sm:flex-wrap max-sm:gap-x-1.5">
      <span className="text-muted sm:block">{label}</span>
      <span className="min-w-0">{children}</span>
    </div>
  );
}
