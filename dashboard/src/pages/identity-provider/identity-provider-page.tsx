import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { fetchIdentityProvider } from "@/api/hub";
import { asProblem } from "@/api/problem";
import type { IdentityProviderSetting } from "@/api/types";
import { Card } from "@/components/card";
import { CopyButton } from "@/components/copy";
import { Fact, Facts } from "@/components/facts";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Skeleton } from "@/components/ui/skeleton";
import { useGoverns } from "@/state/session";

/** Where people log in but here; the hub's environment decides, and this page tells. */
export function IdentityProviderPage() {
  const governs = useGoverns();
  const provider = useQuery({ queryKey: ["identity-provider"], queryFn: fetchIdentityProvider, enabled: governs });
  useEffect(() => {
    document.title = t`Identity provider · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>Identity provider</Trans>
        </h1>
        <p className="max-w-prose text-muted">
          <Trans>
            People can log in with OpenID Connect, beside passwords. It is set in the hub's environment, so that nobody
            who takes over a login here can lead others elsewhere.
          </Trans>
        </p>
      </div>
      {!governs && <RoleNote needed="admin" everywhere what={t`Seeing what is set about the provider`} />}
      {provider.error !== null && (
        <Notice title={t`What is set could not be loaded`} onRetry={() => void provider.refetch()}>
          {asProblem(provider.error).message}
        </Notice>
      )}
      {governs && provider.isPending && <Skeleton className="h-48 w-full" />}
      {provider.data === null && <NoProvider />}
      {provider.data != null && <Provider provider={provider.data} />}
    </div>
  );
}

function NoProvider() {
  return (
    <Card
      title={t`None is set`}
      text={
        <div className="flex max-w-prose flex-col gap-1.5">
          <p>
            <Trans>People log in with passwords of this hub.</Trans>
          </p>
          <p>
            <Trans>
              To change that, set <code className="break-all font-mono text-xs">OPSENTRIX_OIDC_ISSUER</code>,{" "}
              <code className="break-all font-mono text-xs">OPSENTRIX_OIDC_CLIENT_ID</code> and{" "}
              <code className="break-all font-mono text-xs">OPSENTRIX_OIDC_ROLE_MAP</code> where the hub is started, and
              start it again. Passwords go on working, for the day that the provider does not.
            </Trans>
          </p>
        </div>
      }
    />
  );
}

function Provider({ provider }: { provider: NonNullable<IdentityProviderSetting> }) {
  const { role_claim: claim, default_role: role } = provider;
  const domains = provider.email_domains.join(", ");
  const roles = Object.entries(provider.roles);
  return (
    <Card title={provider.name} text={t`Set in the hub's environment; to change it, start the hub with other values.`}>
      <Facts>
        <Fact label={t`Issuer`}>{provider.issuer}</Fact>
        <Fact label={t`Client`}>{provider.client_id}</Fact>
        <Fact label={t`People come back to`}>
          <span className="flex flex-wrap items-center gap-2">
            <span className="break-all">{provider.redirect_uri}</span>
            <CopyButton size="sm" says={t`Copy`} text={() => provider.redirect_uri} />
          </span>
        </Fact>
        <Fact label={t`Asked for`}>{provider.scopes.join(", ")}</Fact>
        <Fact label={t`Roles`}>
          {roles.length === 0 ? (
            t`Nothing in the claim ${claim} gives a role.`
          ) : (
            <ul>
              {roles.map(([value, given]) => (
                <li key={value}>
                  {claim} “{value}”: {given}
                </li>
              ))}
            </ul>
          )}
        </Fact>
        <Fact label={t`Everybody else`}>{role === null ? t`is refused` : t`has the role ${role}`}</Fact>
        <Fact label={t`Addresses`}>
          {domains === "" ? t({ message: "any", context: "addresses" }) : t`verified ones at ${domains}`}
        </Fact>
        <Fact label={t`Who is new here`}>
          {provider.creates_accounts ? t`gets an account at the first login` : t`needs an invitation first`}
        </Fact>
      </Facts>
    </Card>
  );
}
