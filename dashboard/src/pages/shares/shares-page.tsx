import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Share2 } from "lucide-react";
import { useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import { revokeShare } from "@/api/shares";
import type { Share } from "@/api/types";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { RemoveDialog } from "@/pages/notifications/remove-dialog";
import { queryClient, useGoverns, useMay } from "@/state/session";
import { SHARES_KEY, sharesQuery } from "./queries";
import { ShareList } from "./share-list";
import { nameOf } from "./words";

/** What a person shares by links, and what everybody does for an admin of all agents. */
export function SharesPage() {
  const governs = useGoverns();
  const may = useMay("operator");
  const [everybody, setEverybody] = useState(false);
  const [revoking, setRevoking] = useState<Share | null>(null);
  const name = revoking === null ? "" : nameOf(revoking);
  const shares = useQuery({ ...sharesQuery(everybody), enabled: may });
  const again = () => queryClient.invalidateQueries({ queryKey: SHARES_KEY });
  useEffect(() => {
    document.title = t`Shared pages · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto max-w-5xl">
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="font-semibold text-xl tracking-tight">
            <Trans>Shared pages</Trans>
          </h1>
          <p className="text-muted">
            <Trans>
              Whoever has such a link sees one page, live, without logging in. It never shows more than its maker sees.
            </Trans>
          </p>
        </div>
        {governs && (
          <Segmented
            label={t`Whose links`}
            value={everybody ? "all" : "mine"}
            options={[
              { value: "mine", label: t`Mine` },
              { value: "all", label: t`Everybody’s` },
            ]}
            onChange={(value) => setEverybody(value === "all")}
          />
        )}
      </div>
      {!may && <RoleNote needed="operator" what={t`Sharing pages`} />}
      {shares.error !== null && (
        <Notice title={t`The links could not be loaded`} onRetry={() => void shares.refetch()}>
          {asProblem(shares.error).message}
        </Notice>
      )}
      {may && shares.isPending && <Skeleton className="h-40 w-full" />}
      {shares.data !== undefined &&
        (shares.data.length === 0 ? (
          <NothingShared />
        ) : (
          <ShareList items={shares.data} owners={everybody} onRevoke={setRevoking} />
        ))}
      {revoking !== null && (
        <RemoveDialog
          title={t`Revoke ${name}?`}
          text={t`The link shows nothing from now on, and pages that are open by it end at once. This cannot be undone.`}
          action={t`Revoke link`}
          doing={t`Revoking…`}
          // What could not be revoked may be gone already: the list is read again in any case.
          run={() => revokeShare(revoking.id).finally(again)}
          onClose={() => setRevoking(null)}
        />
      )}
    </div>
  );
}

function NothingShared() {
  return (
    <section className="card flex flex-col items-center gap-2 px-6 py-12 text-center">
      <span className="grid size-10 place-items-center rounded-full bg-raised">
        <Share2 className="size-5 text-muted" aria-hidden />
      </span>
      <h2 className="font-medium">
        <Trans>Nothing is shared</Trans>
      </h2>
      <p className="max-w-md text-muted">
        <Trans>
          Open{" "}
          <Link to="/" className="underline underline-offset-2 hover:text-text">
            Home
          </Link>{" "}
          or{" "}
          <Link to="/explore" className="underline underline-offset-2 hover:text-text">
            Explore
          </Link>
          , set it up as it should be seen, and press Share: for a screen on the wall, or for somebody without an
          account.
        </Trans>
      </p>
    </section>
  );
}
