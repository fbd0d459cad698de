import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import type { DashboardItem } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { Notice } from "@/components/notice";
import { RoleTooltip } from "@/components/role-note";
import { SearchBox } from "@/components/search-box";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { formatAgo } from "@/lib/time";
import { useMay } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";
import { ActMenu } from "./act-menu";
import { ImportButton } from "./import-button";
import { dashboardsQuery } from "./queries";
import { NoDashboards } from "./templates";
import { useDashboardActs } from "./use-dashboard-acts";

const NewDialog = lazy(() => import("./new-dialog").then((module) => ({ default: module.NewDialog })));
const route = getRouteApi("/app/dashboards");

/** All dashboards, and who changed them last. */
export function DashboardsPage() {
  const [adding, setAdding] = useState(false);
  const may = useMay("operator");
  const { data, error, refetch } = useQuery(dashboardsQuery);
  useEffect(() => {
    document.title = t`Dashboards · Opsentrix`;
  }, []);
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-3">
        <div className="min-w-0 flex-1 max-sm:basis-full">
          <h1 className="font-semibold text-xl tracking-tight">
            <Trans>Dashboards</Trans>
          </h1>
          <p className="text-muted">
            <Trans>What your team wants to see together.</Trans>
          </p>
        </div>
        {may && <ImportButton />}
        <RoleTooltip may={may} needed="operator" what={t`Making a dashboard`}>
          <Button data-key="n" variant="primary" disabled={!may} onClick={() => setAdding(true)}>
            <Plus className="size-4" aria-hidden />
            <Trans>New dashboard</Trans>
          </Button>
        </RoleTooltip>
      </div>
      {error !== null && data === undefined && (
        <Notice title={t`The dashboards could not be loaded`} onRetry={() => void refetch()}>
          {asProblem(error).message}
        </Notice>
      )}
      {error === null && data === undefined && <Skeleton className="h-64" />}
      {data !== undefined && data.length === 0 && <NoDashboards may={may} />}
      {data !== undefined && data.length > 0 && <List dashboards={data} may={may} />}
      <Suspense>{adding && <NewDialog onClose={() => setAdding(false)} />}</Suspense>
    </>
  );
}

function List({ dashboards, may }: { dashboards: readonly DashboardItem[]; may: boolean }) {
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const now = useHubNow(10_000);
  const wanted = (q ?? "").toLowerCase();
  const shown = dashboards.filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(wanted));
  return (
    <>
      <div className="mb-3">
        <SearchBox
          label={t`Search dashboards`}
          placeholder={t`Name or description`}
          value={q ?? ""}
          onChange={(next) => void navigate({ search: next === undefined ? {} : { q: next }, replace: true })}
        />
      </div>
      {shown.length === 0 ? (
        <p className="card p-6 text-center text-muted">
          <Trans>No dashboard has that in its name or description.</Trans>
        </p>
      ) : (
        <ul aria-label={t`Dashboards`} className="card divide-y">
          {shown.map((one) => (
            <Row key={one.id} dashboard={one} may={may} now={now} />
          ))}
        </ul>
      )}
    </>
  );
}

function Row({ dashboard, may, now }: { dashboard: DashboardItem; may: boolean; now: number }) {
  const { id, name, description, panels, changed_by: by, changed_at: at } = dashboard;
  const acts = useDashboardActs(dashboard);
  return (
    <li className="relative px-4 py-3 hover:bg-raised/50">
      <div className="flex items-center gap-4">
        <div className="min-w-0 flex-1">
          <Link
            to="/dashboards/$dashboardId"
            params={{ dashboardId: String(id) }}
            className="block truncate font-medium after:absolute after:inset-0 hover:underline"
          >
            {name}
          </Link>
          {description !== "" && <p className="truncate text-muted">{description}</p>}
        </div>
        <p className="tnum shrink-0 text-end text-muted text-xs max-sm:hidden">
          <Plural value={panels} one="# panel" other="# panels" />
          <br />
          {by}, {formatAgo(at, now)}
        </p>
        <div className="relative">
          <ActMenu dashboard={dashboard} acts={acts} may={may} />
        </div>
      </div>
      <FormProblem text={acts.error === null ? null : asProblem(acts.error).advice} />
    </li>
  );
}
