import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { ChevronDown } from "lucide-react";
import { useMemo } from "react";
import { HEAT_COLORS, HeatStrip } from "@/charts/heat-strip";
import { Button } from "@/components/ui/button";
import { Menu, MenuRadio } from "@/components/ui/menu";
import { viewOf } from "@/lib/chart-view";
import { seriesKey } from "@/lib/series";
import { ChartPanel } from "@/pages/chart/chart-panel";
import { useAgentPage } from "./page-context";
import { cpuPlan } from "./plans/machine";
import { useMomentAction } from "./section";
import { coreNames, type Metas, makeChart } from "./specs";
import { useChartViews } from "./use-chart-views";

const route = getRouteApi("/app/agents/$agentId");
const busy = (idle: number) => 1 - idle;
const coreName = (core: string) => t`Core ${core}`;

/** How busy each core is, and one of them by state. */
export function Cores({ metas }: { metas: Metas }) {
  const { store, crosshair, zoom, resetZoom } = useAgentPage();
  const action = useMomentAction();
  const [views, setView] = useChartViews();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const cores = useMemo(() => coreNames(metas), [metas]);
  const rows = useMemo(
    () =>
      cores.map((core) => ({ key: seriesKey("system.cpu.utilization", { cpu: core, state: "idle" }), label: core })),
    [cores],
  );
  const chosen = cores.includes(String(search.core)) ? String(search.core) : cores[0];
  const chart = useMemo(() => (chosen === undefined ? null : makeChart(metas, cpuPlan(chosen))), [metas, chosen]);
  if (chosen === undefined || chart === null) return null;
  const choose = (core: string) =>
    void navigate({ search: { ...search, core: Number(core) }, replace: true, resetScroll: false });
  const menu = (
    <Menu
      label={t`Core`}
      trigger={
        <Button size="sm" variant="ghost">
          {coreName(chosen)}
          <ChevronDown className="size-3.5" aria-hidden />
        </Button>
      }
    >
      <MenuRadio
        value={chosen}
        onChange={choose}
        options={cores.map((core) => ({ value: core, label: coreName(core) }))}
      />
    </Menu>
  );
  return (
    <>
      <figure className="card min-w-0" aria-label={t`Utilisation by core`}>
        <figcaption className="flex min-h-9 items-center justify-between gap-3 px-3.5 pt-1.5">
          <h3 className="font-medium">
            <Trans>Utilisation by core</Trans>
          </h3>
          <Scale />
        </figcaption>
        <div className="pt-2 pb-4">
          <HeatStrip
            title={plural(cores.length, {
              one: "Utilisation of # core over time",
              other: "Utilisation of # cores over time",
            })}
            rows={rows}
            source={store}
            crosshair={crosshair}
            share={busy}
            chosen={cores.indexOf(chosen)}
            onChoose={(row) => choose(cores[row] ?? chosen)}
          />
        </div>
      </figure>
      <ChartPanel
        title={chart.title}
        unit={chart.unit}
        mode={chart.mode}
        series={chart.series}
        source={store}
        crosshair={crosshair}
        action={action}
        view={viewOf(views, "core")}
        onView={(view) => setView("core", view)}
        aside={cores.length > 1 ? menu : undefined}
        onZoom={zoom}
        onReset={resetZoom}
      />
    </>
  );
}

function Scale() {
  return (
    <div aria-hidden className="flex items-center gap-1.5 text-2xs text-muted">
      0 %
      <span
        className="h-2 w-24 rounded-sm"
        style={{ background: `linear-gradient(90deg, ${HEAT_COLORS.map((name) => `var(--${name})`).join(", ")})` }}
      />
      100 %
    </div>
  );
}
