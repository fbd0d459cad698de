import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Plus, Ticket } from "lucide-react";
import { useEffect, useState } from "react";
import { revokeEnrollmentToken } from "@/api/enrollment";
import { asProblem } from "@/api/problem";
import type { EnrollmentTokenRow } from "@/api/types";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { RemoveDialog } from "@/pages/notifications/remove-dialog";
import { useMay } from "@/state/session";
import { NewTokenDialog } from "./new-token-dialog";
import { refresh, tokensQuery } from "./queries";
import { TokenList } from "./token-list";

/** The tokens that let servers in, and who came by which. */
export function EnrollmentPage() {
  const may = useMay("operator");
  const [all, setAll] = useState(false);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<EnrollmentTokenRow | null>(null);
  const tokens = useQuery({ ...tokensQuery(all), enabled: may });
  useEffect(() => {
    document.title = t`Enrollment · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="font-semibold text-xl tracking-tight">
            <Trans>Enrollment</Trans>
          </h1>
          <p className="max-w-prose text-muted">
            <Trans>
              A token lets servers in: one, or as many as you say, for as long as you say. What came in by it stays when
              the token ends.
            </Trans>
          </p>
        </div>
        <Segmented
          label={t`Which tokens`}
          value={all ? "all" : "usable"}
          options={[
            { value: "usable", label: t`Usable` },
            { value: "all", label: t({ message: "All", context: "tokens" }) },
          ]}
          onChange={(value) => setAll(value === "all")}
        />
        <Button data-key="n" variant="primary" disabled={!may} onClick={() => setMaking(true)}>
          <Plus className="size-4" aria-hidden />
          <Trans>New token</Trans>
        </Button>
      </div>
      {!may && <RoleNote needed="operator" what={t`Seeing and making enrollment tokens`} />}
      {tokens.error !== null && (
        <Notice title={t`The tokens could not be loaded`} onRetry={() => void tokens.refetch()}>
          {asProblem(tokens.error).message}
        </Notice>
      )}
      {may && tokens.isPending && <Skeleton className="h-40 w-full" />}
      {tokens.data?.length === 0 && <NoTokens />}
      {tokens.data !== undefined && tokens.data.length > 0 && <TokenList tokens={tokens.data} onRevoke={setRevoking} />}
      {making && <NewTokenDialog onMade={refresh} onClose={() => setMaking(false)} />}
      {revoking !== null && (
        <RemoveDialog
          title={t`Revoke token ${revoking.id}?`}
          text={t`It lets nobody in any more. Servers that came in by it stay.`}
          action={t`Revoke token`}
          run={() => revokeEnrollmentToken(revoking.id)}
          onDone={refresh}
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
        <Ticket className="size-5 text-muted" aria-hidden />
      </span>
      <h2 className="font-medium">
        <Trans>No token can be used now</Trans>
      </h2>
      <p className="max-w-md text-muted">
        <Trans>
          Make one for a server, or one for a whole fleet that an image or a playbook brings along. Each is shown once.
        </Trans>
      </p>
    </section>
  );
}
