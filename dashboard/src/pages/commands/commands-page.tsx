import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { SquareTerminal } from "lucide-react";
import { useEffect } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { saysAnything } from "@/lib/search-params";
import { ResponseNav } from "@/pages/response/response-nav";
import { WaitingRuns } from "@/pages/response/waiting-runs";
import { useMay } from "@/state/session";
import { useSettled } from "@/state/use-settled";
import { Awaiting } from "./awaiting";
import { CommandFilters } from "./command-filters";
import { CommandList } from "./command-list";
import { historyQuery } from "./queries";

const route = getRouteApi("/app/commands");

/** What machines were asked to do, by whom, and what became of it. */
export function CommandsPage() {
  const search = route.useSearch();
  const may = useMay("operator");
  const history = useInfiniteQuery(historyQuery(useSettled(search, 250)));
  useEffect(() => {
    document.title = t`Commands · Opsentrix`;
  }, []);
  const items = history.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <ResponseNav />
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-1">
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>Commands</Trans>
        </h1>
        {!may && <RoleNote needed="operator" what={t`Giving commands`} />}
      </div>
      <WaitingRuns />
      <Awaiting />
      <CommandFilters />
      {history.error !== null && (
        <Notice className="mb-4" title={t`The commands could not be loaded`} onRetry={() => void history.refetch()}>
          {asProblem(history.error).message}
        </Notice>
      )}
      {history.isPending && history.error === null && <Skeleton className="h-72" />}
      {history.data !== undefined && items.length === 0 && <Empty filtered={saysAnything(search)} />}
      {items.length > 0 && <CommandList commands={items} />}
      {history.hasNextPage && (
        <div className="mt-4 text-center">
          <Button disabled={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
            <Trans>Show older commands</Trans>
          </Button>
        </div>
      )}
    </>
  );
}

function Empty({ filtered }: { filtered: boolean }) {
  if (filtered)
    return (
      <p className="card p-8 text-center text-muted">
        <Trans>No command matches these filters.</Trans>
      </p>
    );
  return (
    <div className="card flex flex-col items-center gap-3 px-6 py-14 text-center">
      <SquareTerminal className="size-9 text-muted" aria-hidden />
      <p className="font-medium text-[0.9375rem]">
        <Trans>Nothing was asked of any machine yet</Trans>
      </p>
      <p className="max-w-md text-muted">
        <Trans>
          Restart a service, show a log, run a script: what a machine’s owner allows stands under “Actions” on its page.
          Everything that is asked is kept here, with what became of it.
        </Trans>
      </p>
      <Button asChild>
        <Link to="/agents">
          <Trans>All agents</Trans>
        </Link>
      </Button>
    </div>
  );
}
