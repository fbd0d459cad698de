import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useEffect, useMemo } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { byUrgency, type IncidentSearch } from "@/lib/incident-search";
import { AlertingNav } from "@/pages/alerting/alerting-nav";
import { useSettled } from "@/state/use-settled";
import { IncidentFilters } from "./incident-filters";
import { IncidentList } from "./incident-list";
import { NobodyToldBanner } from "./nobody-told-banner";
import { openQuery, resolvedQuery } from "./queries";

const route = getRouteApi("/app/incidents");

/** What is wrong now, and what was. */
export function IncidentsPage() {
  const search = route.useSearch();
  const { show = "open" } = search;
  const settled = useSettled(search, 250);
  const open = useQuery({ ...openQuery(settled), enabled: show !== "resolved" });
  const resolved = useInfiniteQuery({ ...resolvedQuery(settled), enabled: show !== "open" });
  useEffect(() => {
    document.title = t`Incidents · Opsentrix`;
  }, []);
  const items = useMemo(
    () => [
      ...(show === "resolved" ? [] : [...(open.data?.items ?? [])].sort(byUrgency)),
      ...(show === "open" ? [] : (resolved.data?.pages ?? []).flatMap((page) => page.items)),
    ],
    [show, open.data, resolved.data],
  );
  const problem = (show === "resolved" ? null : open.error) ?? (show === "open" ? null : resolved.error);
  const pending = (show !== "resolved" && open.isPending) || (show !== "open" && resolved.isPending);
  const more = show !== "open" && resolved.hasNextPage;
  return (
    <>
      <AlertingNav />
      <h1 className="mb-4 font-semibold text-xl tracking-tight">
        <Trans>Incidents</Trans>
      </h1>
      <NobodyToldBanner />
      <IncidentFilters shown={items.length} more={more} />
      {problem !== null && (
        <Notice
          className="mb-4"
          title={t`The incidents could not be loaded`}
          onRetry={() => void (show === "resolved" ? resolved : open).refetch()}
        >
          {asProblem(problem).message}
        </Notice>
      )}
      {pending && problem === null && <Skeleton className="h-72" />}
      {!pending && items.length === 0 && <Empty search={search} />}
      {items.length > 0 && <IncidentList incidents={items} />}
      {more && (
        <div className="mt-4 text-center">
          <Button disabled={resolved.isFetchingNextPage} onClick={() => void resolved.fetchNextPage()}>
            <Trans>Show older incidents</Trans>
          </Button>
        </div>
      )}
    </>
  );
}

function Empty({ search: { show = "open", ...filters } }: { search: IncidentSearch }) {
  if (Object.keys(filters).length > 0) {
    return (
      <p className="card p-8 text-center text-muted">
        <Trans>No incident matches these filters.</Trans>
      </p>
    );
  }
  return (
    <div className="card flex flex-col items-center gap-3 px-6 py-14 text-center">
      <CircleCheck className="size-9 text-ok" aria-hidden />
      <p className="font-medium text-[0.9375rem]">
        {show === "open" ? t`Nothing is wrong` : t`Nothing has been wrong`}
      </p>
      <p className="max-w-md text-muted">
        <Trans>Alerts that belong together become one incident, and people are told of incidents.</Trans>{" "}
        {show === "open" ? t`None is open.` : t`None is kept.`}
      </p>
      {show === "open" && (
        <Button asChild>
          <Link to="/incidents" search={{ show: "resolved" }}>
            <Trans>Show resolved ones</Trans>
          </Link>
        </Button>
      )}
    </div>
  );
}
