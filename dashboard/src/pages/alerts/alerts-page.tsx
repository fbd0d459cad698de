import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleCheck, CircleHelp } from "lucide-react";
import { useEffect } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { saysAnything } from "@/lib/search-params";
import { AlertingNav } from "@/pages/alerting/alerting-nav";
import { AlertFilters } from "./alert-filters";
import { AlertList } from "./alert-list";
import { alertsQuery } from "./queries";

const route = getRouteApi("/app/alerts");

/** What fires now, what may soon, and what lost its data while it fired. */
export function AlertsPage() {
  const search = route.useSearch();
  const alerts = useInfiniteQuery(alertsQuery(search));
  useEffect(() => {
    document.title = t`Alerts · Opsentrix`;
  }, []);
  const items = alerts.data?.pages.flatMap((page) => page.items) ?? [];
  const total = alerts.data?.pages[0]?.total ?? 0;
  return (
    <>
      <AlertingNav />
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-3">
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>Alerts</Trans>
        </h1>
        <Button asChild className="ms-auto">
          <Link to="/alerts/why">
            <CircleHelp className="size-4" aria-hidden />
            <Trans>Why was I (not) paged?</Trans>
          </Link>
        </Button>
      </div>
      <AlertFilters total={total} />
      {alerts.error !== null && (
        <Notice className="mb-4" title={t`The alerts could not be loaded`} onRetry={() => void alerts.refetch()}>
          {asProblem(alerts.error).message}
        </Notice>
      )}
      {alerts.isPending && <Skeleton className="h-72" />}
      {alerts.isSuccess && items.length === 0 && (
        <div className="card flex flex-col items-center gap-3 px-6 py-14 text-center">
          <CircleCheck className="size-9 text-ok" aria-hidden />
          <p className="font-medium text-[0.9375rem]">
            {saysAnything(search) ? t`No active alert matches these filters` : t`No alert is active`}
          </p>
          <p className="max-w-md text-muted">
            <Trans>An alert is one rule on one target. It is listed here while it fires.</Trans>
          </p>
        </div>
      )}
      {items.length > 0 && <AlertList alerts={items} />}
      {alerts.hasNextPage && (
        <div className="mt-4 text-center">
          <Button disabled={alerts.isFetchingNextPage} onClick={() => void alerts.fetchNextPage()}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      )}
    </>
  );
}
