import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { LogIn } from "lucide-react";
import { Button } from "@/components/ui/button";
import { providerLogin } from "@/lib/provider-login";
import { providersQuery, stillLoggedIn } from "@/state/providers";
import { useSignal } from "@/state/use-signal";

/** Logging in at an identity provider, when the hub has one; and out of it, for who just logged out here. */
export function ProviderLogins({ page }: { page: string }) {
  const { data: providers = [] } = useQuery(providersQuery);
  const still = useSignal(stillLoggedIn);
  const provider = still?.provider;
  if (providers.length === 0) return null;
  return (
    <div className="mt-4 flex flex-col gap-3">
      <p className="flex items-center gap-3 text-muted text-xs before:h-px before:flex-1 before:bg-edge after:h-px after:flex-1 after:bg-edge">
        <Trans>or</Trans>
      </p>
      {providers.map(({ name, login_url }) => (
        <Button key={login_url} asChild className="h-9">
          <a href={providerLogin(login_url, page)}>
            <LogIn className="size-4" aria-hidden />
            <span className="truncate">
              <Trans>Log in with {name}</Trans>
            </span>
          </a>
        </Button>
      ))}
      {still !== null && (
        <p role="status" className="text-muted text-xs leading-5">
          <Trans>You are logged out here. At {provider} you are still logged in.</Trans>{" "}
          <a href={still.url} className="font-medium text-text underline underline-offset-2">
            <Trans>Log out there too</Trans>
          </a>
        </p>
      )}
    </div>
  );
}
