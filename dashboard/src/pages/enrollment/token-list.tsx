import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { EnrollmentTokenRow } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { tokenWords } from "@/lib/enrollment";
import { formatCount } from "@/lib/language";
import { formatAgo, formatTimestamp } from "@/lib/time";
import { duration } from "@/lib/units";
import { useHubNow } from "@/state/use-hub-now";

const SHOWN = 5;

const STATE_WORDS: Record<EnrollmentTokenRow["state"], string> = {
  open: t({ message: "open", context: "token" }),
  used: t({ message: "used", context: "token" }),
  expired: t({ message: "expired", context: "token" }),
  revoked: t({ message: "revoked", context: "token" }),
};

interface TokenListProps {
  tokens: readonly EnrollmentTokenRow[];
  onRevoke: (token: EnrollmentTokenRow) => void;
}

/** Tokens: whom each lets in, how many came by it, and how long it is good. */
export function TokenList({ tokens, onRevoke }: TokenListProps) {
  const now = useHubNow(10_000);
  return (
    <ul aria-label={t`Enrollment tokens`} className="card divide-y">
      {tokens.map((token) => (
        <TokenItem key={token.id} token={token} now={now} onRevoke={() => onRevoke(token)} />
      ))}
    </ul>
  );
}

function TokenItem({ token, now, onRevoke }: { token: EnrollmentTokenRow; now: number; onRevoke: () => void }) {
  const left = Date.parse(token.expires_at) / 1000 - now;
  const usable = token.state === "open";
  const { id, created_by: maker } = token;
  const made = formatAgo(token.created_at, now);
  const [uses, most] = [formatCount(token.uses), formatCount(token.max_uses)];
  const others = formatCount(token.agents.length - SHOWN);
  const [time, ago] = [duration(left), formatAgo(token.expires_at, now)];
  return (
    <li className="flex items-start gap-4 px-4 py-3.5">
      <div className="grid min-w-0 flex-1 gap-x-6 gap-y-2 sm:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)_8rem]">
        <div className="min-w-0">
          <p className={cn("font-medium", !usable && "text-muted")}>{tokenWords(token)}</p>
          <p className="flex flex-wrap items-center gap-1.5 text-muted text-xs">
            {!usable && <Badge>{STATE_WORDS[token.state]}</Badge>}
            {token.approval && (
              <Badge>
                <Trans>needs approval</Trans>
              </Badge>
            )}
            {maker === null ? t`Token ${id}, made ${made}` : t`Token ${id}, made by ${maker} ${made}`}
          </p>
        </div>
        <div className="tnum min-w-0 text-xs">
          <p>
            <Trans>
              {uses} of {most} used
            </Trans>
          </p>
          {token.agents.length > 0 && (
            <p className="flex flex-wrap gap-x-2 text-muted">
              {token.agents.slice(0, SHOWN).map(({ id, name }) => (
                <Link
                  key={id}
                  to="/agents/$agentId"
                  params={{ agentId: String(id) }}
                  className="max-w-full truncate underline decoration-edge underline-offset-2 hover:text-text"
                >
                  {name}
                </Link>
              ))}
              {token.agents.length > SHOWN && t`and ${others} more`}
            </p>
          )}
        </div>
        <p className="tnum text-xs" title={formatTimestamp(token.expires_at)}>
          {left > 0 ? (
            <Trans>
              <span className="text-muted sm:block">Expires</span> in {time}
            </Trans>
          ) : (
            <Trans>
              <span className="text-muted sm:block">Expired</span> {ago}
            </Trans>
          )}
        </p>
      </div>
      {usable && (
        <Button size="sm" onClick={onRevoke} aria-label={t`Revoke token ${id}`}>
          <Trans>Revoke</Trans>
        </Button>
      )}
    </li>
  );
}
