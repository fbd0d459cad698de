import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { Notice } from "@/components/notice";
import { ScopeText } from "@/components/scope-picker";
import { Badge } from "@/components/ui/badge";
import { refusalText } from "@/lib/provider-login";
import { useMay, useUser } from "@/state/session";
import { ApprovalsCard } from "./approvals-card";
import { IdentityCard } from "./identity-card";
import { KeyboardCard } from "./keyboard-card";
import { KeysCard } from "./keys-card";
import { PasswordCard } from "./password-card";
import { PushCard } from "./push-card";
import { identitiesQuery } from "./queries";
import { SessionsCard } from "./sessions-card";
import { TotpCard } from "./totp-card";

const route = getRouteApi("/app/settings/account");

/** A person's own account. */
export function AccountPage() {
  const user = useUser();
  const { role } = user;
  const gives = useMay("operator");
  const { refused } = route.useSearch();
  const { data: identities } = useQuery(identitiesQuery);
  // Most have one: only who came by a provider may have none, and is not shown what goes away a moment later.
  const hasPassword = identities?.has_password ?? user.method !== "oidc";
  useEffect(() => {
    document.title = t`Your account · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto flex max-w-3xl flex-col gap-4">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>Your account</Trans>
        </h1>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2 text-muted">
          <span className="font-medium text-text">{user.username}</span>
          <Badge>{role}</Badge>
          <span>
            <ScopeText scope={user.scope} />
          </span>
        </p>
      </div>
      {user.must_enroll && (
        <Notice title={t`Set up two-factor authentication first`}>
          <Trans>This hub wants it of everybody with the role {role}. The rest opens once it is on.</Trans>
        </Notice>
      )}
      {refused !== undefined && <Notice title={t`Your account is not linked`}>{refusalText(refused)}</Notice>}
      <TotpCard besidesPassword={hasPassword} />
      {hasPassword && <PasswordCard />}
      <IdentityCard />
      {!user.must_enroll && <PushCard />}
      {!user.must_enroll && gives && <KeysCard />}
      {!user.must_enroll && gives && <ApprovalsCard />}
      {!user.must_enroll && <KeyboardCard />}
      <SessionsCard />
    </div>
  );
}
