import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Download, RefreshCw } from "lucide-react";
import { useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import type { AuditEntry } from "@/api/types";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useGoverns } from "@/state/session";
import { useSettled } from "@/state/use-settled";
import { AuditFilters } from "./audit-filters";
import { AuditList } from "./audit-list";
import { chainQuery, entriesQuery } from "./audit-query";
import { ChainStatus } from "./chain-status";
import { EntryDialog } from "./entry-dialog";

const route = getRouteApi("/app/settings/settings/audit");

/** Who did what, when and from where, and whether the log is still what it was; for admins of all agents. */
export function AuditPage() {
  const governs = useGoverns();
  useEffect(() => {
    document.title = t`Audit log · Opsentrix`;
  }, []);
  if (governs) return <Log />;
  return (
    <>
      <h1 className="mb-2 font-semibold text-xl tracking-tight">
        <Trans>Audit log</Trans>
      </h1>
      <RoleNote needed="admin" everywhere what={t`Reading the audit log`} />
    </>
  );
}

function Log() {
  const search = route.useSearch();
  const client = useQueryClient();
  const settled = useSettled(search, 250);
  const entries = useInfiniteQuery(entriesQuery(settled));
  const chain = useQuery(chainQuery);
  const [opened, setOpened] = useState<AuditEntry | null>(null);
  const items = entries.data?.pages.flatMap((page) => page.items) ?? [];
  const problem = entries.error ?? chain.error;
  const reload = () => {
    void client.resetQueries({ queryKey: ["audit"] });
    void client.invalidateQueries({ queryKey: chainQuery.queryKey });
  };
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-3">
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>Audit log</Trans>
        </h1>
        <div className="ms-auto flex gap-2">
          <Button onClick={reload} aria-label={t`Reload`} className="max-sm:px-0">
            <RefreshCw className="size-4" aria-hidden />
            <span className="max-sm:hidden">
              <Trans>Reload</Trans>
            </span>
          </Button>
          <Button asChild>
            <a href="/api/v1/audit/export" download>
              <Download className="size-4" aria-hidden />
              <Trans>Export</Trans>
            </a>
          </Button>
        </div>
      </div>
      {chain.data !== undefined && <ChainStatus chain={chain.data} />}
      <AuditFilters actions={chain.data?.actions ?? []} shown={items.length} more={entries.hasNextPage} />
      {problem !== null && (
        <Notice className="mb-4" title={t`The audit log could not be loaded`} onRetry={reload}>
          {asProblem(problem).message}
        </Notice>
      )}
      {entries.isPending && <Skeleton className="h-96" />}
      {entries.isSuccess && items.length === 0 && (
        <p className="card p-8 text-center text-muted">
          <Trans>Nothing in the log matches these filters.</Trans>
        </p>
      )}
      {items.length > 0 && <AuditList entries={items} onOpen={setOpened} />}
      {entries.hasNextPage && (
        <div className="mt-4 text-center">
          <Button disabled={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
            <Trans>Show older entries</Trans>
          </Button>
        </div>
      )}
      {opened !== null && <EntryDialog entry={opened} onClose={() => setOpened(null)} />}
    </>
  );
}
