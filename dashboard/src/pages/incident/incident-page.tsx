import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { asProblem } from "@/api/problem";
import type { IncidentDetail } from "@/api/types";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { AlertingNav } from "@/pages/alerting/alerting-nav";
import { WaitingRuns } from "@/pages/response/waiting-runs";
import { NotFoundPage } from "@/pages/shell/not-found-page";
import { useUser } from "@/state/session";
import { ActBar } from "./act-bar";
import { IncidentAlerts } from "./incident-alerts";
import { IncidentHeader } from "./incident-header";
import { Notes } from "./notes";
import { Notices } from "./notices";
import { incidentQuery } from "./queries";
import { Timeline } from "./timeline";
import { useActs } from "./use-acts";

const route = getRouteApi("/app/incidents/$incidentId");
// What is done about it comes after what is wrong.
const AlertCharts = lazy(() => import("./alert-charts").then((module) => ({ default: module.AlertCharts })));
const IncidentRuns = lazy(async () => ({ default: (await import("./incident-runs")).IncidentRuns }));

/** One incident: what is wrong, what happened, who was told, and what can be done about it. */
export function IncidentPage() {
  const id = Number(route.useParams().incidentId);
  return Number.isSafeInteger(id) && id > 0 ? <KnownIncidentPage key={id} id={id} /> : <NotFoundPage />;
}

function KnownIncidentPage({ id }: { id: number }) {
  const incident = useQuery(incidentQuery(id));
  const title = incident.data?.title;
  useEffect(() => {
    document.title = title === undefined ? t`Incident ${id} · Opsentrix` : `${title} · Opsentrix`;
  }, [id, title]);
  const problem = incident.error === null ? null : asProblem(incident.error);
  if (problem?.status === 404) return <NotFoundPage />;
  return (
    <>
      <AlertingNav />
      {problem !== null && incident.data === undefined && (
        <Notice title={t`This incident could not be loaded`} onRetry={() => void incident.refetch()}>
          {problem.message}
        </Notice>
      )}
      {incident.isPending && <Skeleton className="h-96" />}
      {incident.data !== undefined && <Body incident={incident.data} />}
    </>
  );
}

function Body({ incident }: { incident: IncidentDetail }) {
  const acts = useActs(incident, useUser().username);
  return (
    <>
      <IncidentHeader incident={incident} />
      <WaitingRuns incident={incident.id} />
      <ActBar incident={incident} acts={acts} />
      {acts.problem !== null && (
        <Notice className="mb-4" title={t`That was not done`}>
          {acts.problem.advice}
        </Notice>
      )}
      <div className="grid gap-4 max-sm:pb-20 lg:grid-cols-[minmax(0,1fr)_24rem] lg:items-start 2xl:grid-cols-[minmax(0,1fr)_30rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <IncidentAlerts incident={incident} />
          <Suspense fallback={<Skeleton className="h-56" />}>
            <AlertCharts incident={incident} />
          </Suspense>
          <Suspense fallback={<Skeleton className="h-28" />}>
            <IncidentRuns incident={incident} />
          </Suspense>
          <Timeline incident={incident} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Notices incident={incident.id} />
          <Notes incident={incident} />
        </div>
      </div>
    </>
  );
}
