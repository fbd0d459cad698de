import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import type { Agent } from "@/api/types";
import { Chart, type MomentAction } from "@/charts/chart";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { hubNow } from "@/lib/clock";
import { busiestMoment, type ProcessMode, processMode } from "@/lib/process-view";
import type { AgentFeed } from "@/state/agent-feed";
import { useAgentPage } from "./page-context";
import { cpuPlan } from "./plans/machine";
import { type Metas, makeChart } from "./specs";
import { goToProcesses, PROCESSES, type ProcessView, useProcessView } from "./use-process-view";

const route = getRouteApi("/app/agents/$agentId");
const MODES: readonly { value: ProcessMode; label: string }[] = [
  { value: "live", label: t`Live` },
  { value: "moment", label: t`At a moment` },
  { value: "range", label: t`Over the range` },
];

interface ProcessesProps {
  agent: Agent;
  feed: AgentFeed;
  metas: Metas;
}

// The charts come first: tables are loaded after them.
const LiveProcesses = lazy(async () => ({ default: (await import("./process-live")).LiveProcesses }));
const MomentProcesses = lazy(async () => ({ default: (await import("./process-moment")).MomentProcesses }));
const RangeProcesses = lazy(async () => ({ default: (await import("./process-range")).RangeProcesses }));

/** The processes that use most: live, at a moment of the past, and over the page's range. */
export function Processes({ agent, feed, metas }: ProcessesProps) {
  const search = route.useSearch();
  const { store } = useAgentPage();
  const view = useProcessView(store);
  const [filter, setFilter] = useState("");
  useEffect(() => {
    // The router looked for the anchor when nothing was loaded yet.
    if (window.location.hash === `#${PROCESSES}`) goToProcesses();
  }, []);
  const mode = processMode(search);
  const timeline = useMemo(() => makeChart(metas, cpuPlan(null)), [metas]);
  const busiest = () =>
    busiestMoment(store.read(timeline?.series.map(({ key }) => key) ?? [])) ?? Math.min(store.window().to, hubNow());
  const choose = (wanted: ProcessMode) => {
    if (wanted === "live") view.showLive();
    else if (wanted === "range") view.showRanking("cpu");
    else view.showMoment(busiest());
  };
  return (
    <div className="mb-3 flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Segmented label={t`Processes`} value={mode} options={MODES} onChange={choose} />
        {mode !== "live" && timeline !== null && (
          <Button onClick={() => view.showMoment(busiest())}>
            <Trans>Busiest moment</Trans>
          </Button>
        )}
        <Filter text={filter} onChange={setFilter} />
      </div>
      {mode !== "live" && timeline !== null && (
        <Timeline spec={timeline} marked={search.at ?? null} showMoment={view.showMoment} />
      )}
      <div className="card min-w-0 overflow-clip">
        <Suspense fallback={<div className="h-96" aria-hidden />}>
          {mode === "live" && <LiveProcesses feed={feed} filter={filter} />}
          {search.at !== undefined && (
            <MomentProcesses agent={agent} feed={feed} at={search.at} filter={filter} showMoment={view.showMoment} />
          )}
          {search.top !== undefined && (
            <RangeProcesses
              agent={agent}
              feed={feed}
              ranking={search.top}
              filter={filter}
              onRank={view.showRanking}
              onMoment={view.showMoment}
            />
          )}
        </Suspense>
      </div>
    </div>
  );
}

interface TimelineProps {
  spec: NonNullable<ReturnType<typeof makeChart>>;
  marked: number | null;
  showMoment: ProcessView["showMoment"];
}

/** The CPU of the whole machine, to choose a moment from. */
function Timeline({ spec, marked, showMoment }: TimelineProps) {
  const { store, crosshair, zoom, resetZoom } = useAgentPage();
  const action = useMemo<MomentAction>(() => ({ offer: null, run: (time) => showMoment(time) }), [showMoment]);
  return (
    <Chart
      title={t`CPU: press a moment, drag to zoom`}
      unit={spec.unit}
      mode={spec.mode}
      series={spec.series}
      source={store}
      crosshair={crosshair}
      height={128}
      marked={marked}
      action={action}
      onZoom={zoom}
      onReset={resetZoom}
    />
  );
}

function Filter({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  return (
    <div className="relative min-w-40 flex-1 sm:ms-auto sm:w-56 sm:flex-none">
      <Search
        className="pointer-events-none absolute top-1/2 start-2.5 size-4 -translate-y-1/2 text-muted"
        aria-hidden
      />
      <input
        type="search"
        aria-label={t`Filter processes`}
        placeholder={t`Process, user or PID`}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        className="touch h-8 w-full rounded-md border border-edge bg-surface pe-2.5 ps-8 text-sm placeholder:text-muted max-sm:text-base"
      />
    </div>
  );
}
