import { select, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { rotateCredential } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent, AgentIdentity } from "@/api/types";
import { AdmissionBadge } from "@/components/admission";
import { Button } from "@/components/ui/button";
import { hubNow } from "@/lib/clock";
import { credentialAge, renewalText } from "@/lib/identity";
import { formatAgo, formatMoment } from "@/lib/time";
import { useMay } from "@/state/session";
import { ConfirmDialog } from "./confirm-dialog";
import { EnrollAgainDialog } from "./enroll-again-dialog";
import { identityQuery, takeIdentity } from "./identity-query";
import { RevokeDialog } from "./revoke-dialog";

type Ask = "renew" | "revoke" | "enroll" | null;

/** How the agent got in, how old its credential is, and the ways to renew it, take it back or bring it back. */
export function Identity({ agent }: { agent: Agent }) {
  const { data: identity, error } = useQuery(identityQuery(agent.id));
  const [ask, setAsk] = useState<Ask>(null);
  const may = useMay("operator");
  const close = () => setAsk(null);
  const renew = useMutation({
    mutationFn: () => rotateCredential(agent.id),
    onSuccess: (now) => takeIdentity(agent.id, now),
    onSettled: close,
  });
  const problem = error ?? renew.error;
  if (identity === undefined)
    return problem === null ? null : (
      <p role="alert" className="text-bad">
        {asProblem(problem).message}
      </p>
    );
  const admitted = identity.admission === "admitted";
  return (
    <section id="identity" aria-labelledby="identity-title" className="scroll-mt-28 pt-6">
      <div className="mb-2.5 flex flex-wrap items-center gap-2">
        <h2 id="identity-title" className="font-semibold text-base tracking-tight">
          <Trans>Identity</Trans>
        </h2>
        <AdmissionBadge admission={identity.admission} cloned={identity.clone !== null} />
        <span className="flex-1 text-muted text-xs">{!may && t`Changing it needs the role operator.`}</span>
        <div className="flex flex-wrap gap-2">
          <Button
            size="sm"
            disabled={!may || !admitted || identity.clone !== null || identity.renewal.possible === false}
            onClick={() => setAsk("renew")}
          >
            <Trans>Renew credential</Trans>
          </Button>
          <Button size="sm" disabled={!may} onClick={() => setAsk("enroll")}>
            <Trans>Enroll again</Trans>
          </Button>
          <Button
            size="sm"
            disabled={!may || identity.admission === "revoked" || identity.admission === "refused"}
            onClick={() => setAsk("revoke")}
          >
            <Trans>Revoke</Trans>
          </Button>
        </div>
      </div>
      {problem !== null && (
        <p role="alert" className="mb-2 text-bad">
          {asProblem(problem).message}
        </p>
      )}
      <Facts identity={identity} />
      {ask === "renew" && (
        <ConfirmDialog
          title={t`Renew the credential of ${agent.name}?`}
          description={t`The agent makes a new one and connects again with it; nothing is lost. The present one works for another day. If it was stolen, revoke the agent instead.`}
          action={t`Renew`}
          pending={renew.isPending}
          onConfirm={() => renew.mutate()}
          onClose={close}
        />
      )}
      {ask === "revoke" && <RevokeDialog agent={agent} onClose={close} />}
      {ask === "enroll" && <EnrollAgainDialog agent={agent} onClose={close} />}
    </section>
  );
}

function enrolledText({ enrolled_at, enrolled_with: token, enrolled_from: address }: AgentIdentity, now: number) {
  const ago = formatAgo(enrolled_at, now);
  if (token === null) return address === "" ? ago : t`${ago} from ${address}`;
  return address === "" ? t`${ago} with token ${token}` : t`${ago} with token ${token} from ${address}`;
}

function admissionText({ admission, admission_by, admission_at }: AgentIdentity, now: number): string {
  const ago = formatAgo(admission_at, now);
  const person = admission_by.replace("user:", "");
  if (person === "")
    return admission === "admitted"
      ? t`By its enrollment token`
      : select(admission, { refused: `refused ${ago}`, revoked: `revoked ${ago}`, other: `pending ${ago}` });
  return select(admission, {
    admitted: `admitted by ${person} ${ago}`,
    refused: `refused by ${person} ${ago}`,
    revoked: `revoked by ${person} ${ago}`,
    other: `pending by ${person} ${ago}`,
  });
}

function Facts({ identity }: { identity: AgentIdentity }) {
  const now = hubNow();
  return (
    <dl className="card grid gap-x-8 gap-y-3 p-4 text-sm sm:grid-cols-2 xl:grid-cols-4">
      <Fact term={t`Enrolled`}>{enrolledText(identity, now)}</Fact>
      <Fact term={t`Admission`}>
        {admissionText(identity, now)}
        {identity.admission_reason !== "" && <p className="break-words text-muted">{identity.admission_reason}</p>}
      </Fact>
      <Fact term={t`Credential`}>{credentialAge(identity, now)}</Fact>
      <Fact term={t`Renewal`}>
        {renewalText(identity, formatMoment)}
        {identity.renewal.error !== "" && (
          <p className="break-words text-bad">
            <Trans>The last try failed: {identity.renewal.error}</Trans>
          </p>
        )}
      </Fact>
    </dl>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-xs">{term}</dt>
      <dd className="tnum mt-0.5 break-words">{children}</dd>
    </div>
  );
}
