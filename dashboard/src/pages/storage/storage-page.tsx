import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Skeleton } from "@/components/ui/skeleton";
import { isEverything } from "@/lib/access";
import { useUser } from "@/state/session";
import { DiskCard } from "./disk-card";
import { retentionQuery, storageQuery } from "./queries";
import { RulesCard } from "./rules-card";
import { TablesCard } from "./tables-card";
import { TiersCard } from "./tiers-card";

/** What is kept for how long, what it takes, and how long the room lasts. */
export function StoragePage() {
  const everywhere = isEverything(useUser().scope);
  const retention = useQuery(retentionQuery);
  const storage = useQuery({ ...storageQuery, enabled: everywhere });
  useEffect(() => {
    document.title = t`Retention and storage · Opsentrix`;
  }, []);
  const problem = retention.error ?? storage.error;
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>Retention and storage</Trans>
        </h1>
        <p className="text-muted">
          <Trans>What is kept for how long, what it takes, and how long the room lasts.</Trans>
        </p>
      </div>
      {!everywhere && <RoleNote needed="viewer" everywhere what={t`Seeing what takes how much room`} />}
      {problem !== null && (
        <Notice
          title={t`What is kept could not be loaded`}
          onRetry={() => void Promise.all([retention.refetch(), storage.refetch()])}
        >
          {asProblem(problem).message}
        </Notice>
      )}
      {(retention.isPending || (everywhere && storage.isPending)) && problem === null && (
        <Skeleton className="h-96 w-full" />
      )}
      {retention.data !== undefined && (!everywhere || storage.data !== undefined) && (
        <>
          <DiskCard retention={retention.data} storage={storage.data} />
          <TiersCard defaults={retention.data.defaults} storage={storage.data} />
          <RulesCard rules={retention.data.rules} defaults={retention.data.defaults} />
          {storage.data !== undefined && <TablesCard storage={storage.data} />}
        </>
      )}
    </div>
  );
}
