import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { keepHost } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent, AgentIdentity, IdentityHost } from "@/api/types";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { hubNow } from "@/lib/clock";
import { formatAgo } from "@/lib/time";
import { useMay } from "@/state/session";
import { Decision } from "./decision";
import { identityQuery, takeIdentity } from "./identity-query";

/** What a person should know or decide about who this agent is, above everything else on its page. */
export function IdentityNotice({ agent }: { agent: Agent }) {
  const { data: identity } = useQuery(identityQuery(agent.id));
  if (identity === undefined) return null;
  const { enrolled_from: address, admission_reason: reason } = identity;
  const why = reason === "" ? "" : t`Reason: ${reason}.`;
  if (identity.admission === "pending" || identity.admission === "refused")
    return (
      <Notice
        className="mb-3"
        title={identity.admission === "pending" ? t`This agent waits for approval` : t`This agent was refused`}
        action={<Decision agent={agent} onDone={(now) => takeIdentity(agent.id, now)} />}
      >
        {address === "" ? t`Registered from an unknown address.` : t`Registered from ${address}.`}{" "}
        <Trans>Nothing is taken of it until it is approved; meanwhile it keeps what it samples.</Trans> {why}
      </Notice>
    );
  if (identity.admission === "revoked")
    return (
      <Notice className="mb-3" title={t`This agent was revoked`}>
        <Trans>It is cut off. Its history stays, and enrolling the machine again brings it back.</Trans> {why}
      </Notice>
    );
  return identity.clone === null ? null : <Clone agent={agent} clone={identity.clone} />;
}

function Clone({ agent, clone }: { agent: Agent; clone: NonNullable<AgentIdentity["clone"]> }) {
  const may = useMay("operator");
  const keep = useMutation({
    mutationFn: (run: string) => keepHost(agent.id, run),
    onSuccess: (now) => takeIdentity(agent.id, now),
  });
  return (
    <Notice className="mb-3" title={t`Two hosts use the identity of this agent`}>
      <p>
        {clone.kept === null
          ? t`One is probably a copy of the other. Choose the one that stays; the other has to be enrolled anew.`
          : t`Waiting until the host that stays has a credential of its own.`}
      </p>
      {keep.error !== null && (
        <p role="alert" className="text-bad">
          {asProblem(keep.error).message}
        </p>
      )}
      <ul className="mt-3 grid gap-2 lg:grid-cols-2">
        {clone.hosts.map((host) => (
          <li key={host.run} className="flex items-center gap-3 rounded-md border bg-bg p-3">
            <Host host={host} />
            {clone.kept === null && (
              <Button
                size="sm"
                disabled={!may || keep.isPending}
                aria-label={keepText(host)}
                onClick={() => keep.mutate(host.run)}
              >
                <Trans>Keep this one</Trans>
              </Button>
            )}
            {clone.kept === host.run && (
              <span className="text-ok text-xs">
                <Trans>stays</Trans>
              </span>
            )}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function keepText({ name, address, run }: IdentityHost): string {
  const begin = run.slice(0, 8);
  return name === "" ? t`Keep this host, ${address}, run ${begin}` : t`Keep ${name}, ${address}, run ${begin}`;
}

function Host({ host }: { host: IdentityHost }) {
  const parts = [
    host.address,
    t`seen ${{ ago: formatAgo(host.seen_at, hubNow()) }}`,
    t`run ${{ begin: host.run.slice(0, 8) }}`,
    ...(host.machine === "" ? [] : [t`machine ${{ begin: host.machine.slice(0, 8) }}`]),
  ];
  return (
    <div className="min-w-0 flex-1 text-text">
      <p className="truncate font-medium">{host.name || t`No host name`}</p>
      <p className="tnum break-words text-muted text-xs">{parts.join(" · ")}</p>
    </div>
  );
}
