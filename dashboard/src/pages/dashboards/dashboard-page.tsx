import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronLeft, Plus, SquarePen } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { asProblem } from "@/api/problem";
import type { DashboardDetail } from "@/api/types";
import { Crosshair } from "@/charts/crosshair";
import { FormProblem } from "@/components/entry";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { hubNow } from "@/lib/clock";
import { chosenIn, timeOf, withChoice } from "@/lib/dashboard-choices";
import { fixedAt, type RangeSearch, windowAt, withRange, zoomWindow } from "@/lib/range";
import { ShareButton } from "@/pages/share/share-button";
import { TimeControl } from "@/pages/time/time-control";
import { useKiosk, useOnlyLooking } from "@/state/kiosk";
import { fleet, useMay } from "@/state/session";
import { useSignal } from "@/state/use-signal";
import { ActMenu } from "./act-menu";
import { DashboardView } from "./dashboard-view";
import { ExplorePanel } from "./explore-panel";
import type { PanelContext } from "./panels/panel-context";
import { dashboardQuery } from "./queries";
import { useDashboardActs } from "./use-dashboard-acts";
import { VariableBar } from "./variable-bar";

const Editor = lazy(() => import("./editor/editor").then((module) => ({ default: module.Editor })));
const HERE = "/dashboards/$dashboardId";
const route = getRouteApi("/app/dashboards/$dashboardId");

/** One dashboard. */
export function DashboardPage() {
  const id = Number(route.useParams().dashboardId);
  const { data, error, refetch } = useQuery(dashboardQuery(id));
  const problem = error === null ? null : asProblem(error);
  const looking = useOnlyLooking();
  const gone = problem?.status === 404 || problem?.status === 422;
  useEffect(() => fleet.use(), []);
  return (
    <>
      {!looking && (
        <Link to="/dashboards" className="touch mb-1 inline-flex items-center gap-1 text-muted hover:text-text">
          <ChevronLeft className="size-4" aria-hidden />
          <Trans>All dashboards</Trans>
        </Link>
      )}
      {problem !== null && (data === undefined || gone) && (
        <Notice
          title={gone ? t`There is no such dashboard` : t`The dashboard could not be loaded`}
          onRetry={() => void refetch()}
        >
          {gone ? t`It may have been deleted.` : problem.message}
        </Notice>
      )}
      {problem === null && data === undefined && <PageSkeleton />}
      {data !== undefined && !gone && <Loaded key={id} dashboard={data} />}
    </>
  );
}

function PageSkeleton() {
  return (
    <div role="status" aria-label={t`Loading`} className="grid gap-3 md:grid-cols-2">
      <Skeleton className="h-8 md:col-span-2" />
      {["a", "b", "c", "d"].map((one) => (
        <Skeleton key={one} className="h-72" />
      ))}
    </div>
  );
}

function Loaded({ dashboard }: { dashboard: DashboardDetail }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const looking = useOnlyLooking();
  const kiosk = useKiosk();
  const may = useMay("operator") && !looking;
  const editing = search.edit === true && may;
  const context = usePanelContext(dashboard);
  const setRange = (range: RangeSearch) => void navigate({ search: withRange(search, range), resetScroll: false });
  useEffect(() => {
    document.title = `${dashboard.name} · Opsentrix`;
  }, [dashboard.name]);
  const time = (
    <TimeControl search={context.range} onChange={setRange} window={() => windowAt(context.range, hubNow())} />
  );
  const variablesOf = (variables: DashboardDetail["spec"]["variables"]) => (
    <VariableBar
      variables={variables}
      chosen={context.chosen}
      names={context.names}
      onChoose={(name, value) => void navigate({ search: withChoice(search, name, value), resetScroll: false })}
    />
  );
  if (editing)
    return (
      <Suspense fallback={<PageSkeleton />}>
        <Editor dashboard={dashboard} {...{ context, time, variablesOf }} />
      </Suspense>
    );
  return (
    <>
      <Header dashboard={dashboard} may={may} looking={looking}>
        {!kiosk && time}
        <ShareButton place={{ name: "dashboard", id: dashboard.id, spec: dashboard.spec, search }} />
      </Header>
      {!looking && variablesOf(dashboard.spec.variables)}
      {dashboard.spec.panels.length === 0 && <Empty may={may} />}
      <DashboardView
        spec={dashboard.spec}
        context={context}
        asideOf={(panel) => !looking && <ExplorePanel panel={panel} context={context} />}
      />
    </>
  );
}

/** What its panels share, out of the address. */
function usePanelContext({ spec }: DashboardDetail): PanelContext {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [crosshair] = useState(() => new Crosshair());
  const { agents } = useSignal(fleet.view);
  const names = useMemo(() => new Map(agents.map(({ id, name }) => [id, name])), [agents]);
  // Other words of the address make no other time and no other choice.
  const range = useSame(timeOf(search, spec.range));
  const chosen = useSame(chosenIn(search));
  const show = (next: RangeSearch) => void navigate({ search: withRange(search, next), resetScroll: false });
  return {
    ...{ variables: spec.variables, chosen, range, names, crosshair },
    onZoom: (first, second) => show(fixedAt(range, zoomWindow(first, second))),
    onReset: () => show(range.range === undefined ? {} : { range: range.range }),
  };
}

/** The same object for as long as it says the same. */
function useSame<Value>(value: Value): Value {
  const said = JSON.stringify(value);
  return useMemo(() => JSON.parse(said) as Value, [said]);
}

interface HeaderProps {
  dashboard: DashboardDetail;
  may: boolean;
  looking: boolean;
  children: React.ReactNode;
}

function Header({ dashboard, may, looking, children }: HeaderProps) {
  const acts = useDashboardActs(dashboard);
  return (
    <div className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-3">
      <div className="min-w-0 flex-1 basis-64">
        <h1 className="truncate font-semibold text-xl tracking-tight">{dashboard.name}</h1>
        {dashboard.description !== "" && <p className="text-muted">{dashboard.description}</p>}
      </div>
      {children}
      {may && (
        <Button asChild>
          <Link from={HERE} to="." search={(before) => ({ ...before, edit: true as const })}>
            <SquarePen className="size-4 text-muted" aria-hidden />
            <Trans>Edit</Trans>
          </Link>
        </Button>
      )}
      {!looking && <ActMenu dashboard={dashboard} acts={acts} may={may} />}
      <FormProblem text={acts.error === null ? null : asProblem(acts.error).advice} />
    </div>
  );
}

function Empty({ may }: { may: boolean }) {
  return (
    <div className="card flex flex-col items-center gap-3 px-6 py-12 text-center">
      <p className="font-medium text-[0.9375rem]">
        <Trans>Nothing stands here yet</Trans>
      </p>
      <p className="max-w-md text-muted">
        <Trans>Add charts, values, tables and maps here, or from Explore with “Add to a dashboard”.</Trans>
      </p>
      {may && (
        <Button asChild variant="primary">
          <Link from={HERE} to="." search={(before) => ({ ...before, edit: true as const })}>
            <Plus className="size-4" aria-hidden />
            <Trans>Add panels</Trans>
          </Link>
        </Button>
      )}
    </div>
  );
}
