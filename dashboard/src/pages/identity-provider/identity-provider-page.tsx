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
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useGoverns } from "@/state/session";

/** Where people log in but here; the hub's environment decides, and this page tells. */
export function IdentityProviderPage() {
  const governs = useGoverns();
  const provider = useQuery({ queryKey: ["identity-provider"], queryFn: fetchIdentityProvider, enabled: governs });
  useEffect(() => {
    document.title = "Identity provider · Opsentrix";
  }, []);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">Identity provider</h1>
        <p className="max-w-prose text-muted">
          People can log in with OpenID Connect, beside passwords. It is set in the hub's environment, so that nobody
          who takes over a login here can lead others elsewhere.
        </p>
      </div>
      {!governs && <RoleNote needed="admin" everywhere what="Seeing what is set about the provider" />}
      {provider.error !== null && (
        <Notice
          title="What is set could not be loaded"
          action={<Button onClick={() => void provider.refetch()}>Try again</Button>}
        >
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
      title="None is set"
      text={
        <div className="flex max-w-prose flex-col gap-1.5">
          <p>People log in with passwords of this hub.</p>
          <p>
            To change that, set <code className="break-all font-mono text-xs">OPSENTRIX_OIDC_ISSUER</code>,{" "}
            <code className="break-all font-mono text-xs">OPSENTRIX_OIDC_CLIENT_ID</code> and{" "}
            <code className="break-all font-mono text-xs">OPSENTRIX_OIDC_ROLE_MAP</code> where the hub is started, and
            start it again. Passwords go on working, for the day that the provider does not.
          </p>
        </div>
      }
    />
  );
}

function Provider({ provider }: { provider: NonNullable<IdentityProviderSetting> }) {
  const roles = Object.entries(provider.roles);
  return (
    <Card title={provider.name} text="Set in the hub's environment; to change it, start the hub with other values.">
      <Facts>
        <Fact label="Issuer">{provider.issuer}</Fact>
        <Fact label="Client">{provider.client_id}</Fact>
        <Fact label="People come back to">
          <span className="flex flex-wrap items-center gap-2">
            <span className="break-all">{provider.redirect_uri}</span>
            <CopyButton size="sm" says="Copy" text={() => provider.redirect_uri} />
          </span>
        </Fact>
        <Fact label="Asked for">{provider.scopes.join(", ")}</Fact>
        <Fact label="Roles">
          {roles.length === 0 ? (
            `Nothing in the claim ${provider.role_claim} gives a role.`
          ) : (
            <ul>
              {roles.map(([value, role]) => (
                <li key={value}>
                  {provider.role_claim} “{value}”: {role}
                </li>
              ))}
            </ul>
          )}
        </Fact>
        <Fact label="Everybody else">
          {provider.default_role === null ? "is refused" : `has the role ${provider.default_role}`}
        </Fact>
        <Fact label="Addresses">
          {provider.email_domains.length === 0 ? "any" : `verified ones at ${provider.email_domains.join(", ")}`}
        </Fact>
        <Fact label="Who is new here">
          {provider.creates_accounts ? "gets an account at the first login" : "needs an invitation first"}
        </Fact>
      </Facts>
    </Card>
  );
}
