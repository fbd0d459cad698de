import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useEffect, useState } from "react";
import { revokeApiToken } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { ApiToken } from "@/api/types";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { RemoveDialog } from "@/pages/notifications/remove-dialog";
import { queryClient, useGoverns } from "@/state/session";
import { NewTokenDialog } from "./new-token-dialog";
import { API_TOKENS_KEY, apiTokensQuery } from "./queries";
import { TokenList } from "./token-list";

/** A person's API tokens, and those of everybody for an admin of all agents. */
export function ApiTokensPage() {
  const governs = useGoverns();
  const [everybody, setEverybody] = useState(false);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiToken | null>(null);
  const name = revoking?.name ?? "";
  const tokens = useQuery(apiTokensQuery(everybody));
  const again = () => queryClient.invalidateQueries({ queryKey: API_TOKENS_KEY });
  useEffect(() => {
    document.title = t`API tokens · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto max-w-5xl">
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="font-semibold text-xl tracking-tight">
            <Trans>API tokens</Trans>
          </h1>
          <p className="text-muted">
            <Trans>
              Scripts act with a token in your place. A token never may more than you may, and you can revoke it any
              time.
            </Trans>
          </p>
        </div>
        {governs && (
          <Segmented
            label={t`Whose tokens`}
            value={everybody ? "all" : "mine"}
            options={[
              { value: "mine", label: t`Mine` },
              { value: "all", label: t`Everybody’s` },
            ]}
            onChange={(value) => setEverybody(value === "all")}
          />
        )}
        <Button data-key="n" variant="primary" onClick={() => setMaking(true)}>
          <Plus className="size-4" aria-hidden />
          <Trans>New token</Trans>
        </Button>
      </div>
      {tokens.error !== null && (
        <Notice title={t`The tokens could not be loaded`} onRetry={() => void tokens.refetch()}>
          {asProblem(tokens.error).message}
        </Notice>
      )}
      {tokens.isPending && <Skeleton className="h-40 w-full" />}
      {tokens.data !== undefined &&
        (tokens.data.items.length === 0 ? (
          <NoTokens />
        ) : (
          <TokenList items={tokens.data.items} owners={everybody} onRevoke={setRevoking} />
        ))}
      {making && <NewTokenDialog onMade={again} onClose={() => setMaking(false)} />}
      {revoking !== null && (
        <RemoveDialog
          title={t`Revoke ${name}?`}
          text={t`It is worth nothing at once, and its live connections end. This cannot be undone.`}
          action={t`Revoke token`}
          doing={t`Revoking…`}
          // What could not be revoked may be gone already: the list is read again in any case.
          run={() => revokeApiToken(revoking.id).finally(again)}
          onClose={() => setRevoking(null)}
        />
      )}
    </div>
  );
}

function NoTokens() {
  return (
    <section className="card flex flex-col items-center gap-2 px-6 py-12 text-center">
      <span className="grid size-10 place-items-center rounded-full bg-raised">
        <KeyRound className="size-5 text-muted" aria-hidden />
      </span>
      <h2 className="font-medium">
        <Trans>No API token yet</Trans>
      </h2>
      <p className="max-w-md text-muted">
        <Trans>
          Make one for a script, a chart elsewhere or a pipeline, with no more rights than it needs. It is shown once.
        </Trans>
      </p>
    </section>
  );
}
