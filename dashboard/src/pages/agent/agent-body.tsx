import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useDeferredValue, useMemo } from "react";
import type { Agent } from "@/api/types";
import { Notice } from "@/components/notice";
import { TimeControl } from "@/pages/time/time-control";
import type { AgentFeed } from "@/state/agent-feed";
import { useSignal } from "@/state/use-signal";
import { Later } from "./later";
import { useAgentPage } from "./page-context";
import { ChartSkeletons, CoresPlace } from "./page-skeleton";
import { Charts, Section } from "./section";
import { SeriesLimit } from "./series-limit";
import { coreNames, otherCharts, sectionCharts } from "./specs";
import { SummaryStrip } from "./summary-strip";
import { useMetas } from "./use-metas";

const route = getRouteApi("/app/agents/$agentId");

// The charts come first: what is needed for them alone is loaded before.
const AgentAlerts = lazy(() => import("./agent-alerts").then((module) => ({ default: module.AgentAlerts })));
const Actions = lazy(() => import("./actions").then((module) => ({ default: module.Actions })));
const Events = lazy(() => import("./events/events").then((module) => ({ default: module.Events })));
const MarkLane = lazy(() => import("./mark-lane").then((module) => ({ default: module.MarkLane })));
const AgentRuns = lazy(() => import("./agent-runs").then((module) => ({ default: module.AgentRuns })));
const Recorder = lazy(() => import("./recorder").then((module) => ({ default: module.Recorder })));
const Configuration = lazy(() => import("./configuration").then((module) => ({ default: module.Configuration })));
const Collectors = lazy(() => import("./collectors").then((module) => ({ default: module.Collectors })));
const Filesystems = lazy(() => import("./filesystems").then((module) => ({ default: module.Filesystems })));
const IdentityNotice = lazy(() => import("./identity-notice").then((module) => ({ default: module.IdentityNotice })));
const Processes = lazy(() => import("./processes").then((module) => ({ default: module.Processes })));
const Cores = lazy(() => import("./cores").then((module) => ({ default: module.Cores })));
const Identity = lazy(() => import("./identity").then((module) => ({ default: module.Identity })));

const AFTER_PROCESSES = [
  { id: "services", title: t`Services` },
  { id: "containers", title: t`Containers` },
  { id: "groups", title: t`Control groups` },
  { id: "hardware", title: t`Hardware` },
  { id: "kernel", title: t`Kernel` },
] as const;

/** Everything below the agent's name. */
export function AgentBody({ agent, feed }: { agent: Agent; feed: AgentFeed }) {
  const metas = useDeferredValue(useMetas());
  const search = route.useSearch();
  const { setRange } = useAgentPage();
  const loading = useSignal(feed.loading);
  const problem = useSignal(feed.problem);
  const charts = useMemo(() => {
    const cpu = sectionCharts(metas, "cpu");
    return {
      core: coreNames(metas)[0],
      cpu,
      firstOfCpu: cpu.slice(0, 1),
      restOfCpu: cpu.slice(1),
      memory: sectionCharts(metas, "memory"),
      disks: sectionCharts(metas, "disks"),
      network: sectionCharts(metas, "network"),
      connections: sectionCharts(metas, "connections"),
      services: sectionCharts(metas, "services"),
      containers: sectionCharts(metas, "containers"),
      groups: sectionCharts(metas, "groups"),
      hardware: sectionCharts(metas, "hardware"),
      kernel: sectionCharts(metas, "kernel"),
      processes: sectionCharts(metas, "processes"),
      agent: sectionCharts(metas, "agent"),
      other: otherCharts(metas),
    };
  }, [metas]);
  // What reports by the API alone has no version, no recorder and no configuration; its metrics are what it is about.
  const ours = agent.version !== "";
  const sections = [
    { id: "cpu", title: "CPU", there: charts.cpu.length > 0 },
    { id: "memory", title: t`Memory`, there: charts.memory.length > 0 },
    { id: "disks", title: t`Disks`, there: charts.disks.length > 0 },
    { id: "network", title: t`Network`, there: charts.network.length > 0 },
    { id: "connections", title: t`Connections`, there: charts.connections.length > 0 },
    { id: "processes", title: t`Processes`, there: metas.size > 0 },
    ...AFTER_PROCESSES.map(({ id, title }) => ({ id, title, there: charts[id].length > 0 })),
    { id: "events", title: t`Events`, there: true },
    { id: "actions", title: t`Actions`, there: ours },
    { id: "runs", title: t`Runbooks`, there: ours },
    { id: "alerts", title: t`Alerts`, there: true },
    { id: "recorder", title: t`Recorder`, there: ours },
    { id: "other", title: t`Other metrics`, there: charts.other.length > 0 },
    { id: "agent", title: t`Agent`, there: charts.agent.length > 0 },
    { id: "configuration", title: t`Configuration`, there: ours },
    { id: "identity", title: t`Identity`, there: true },
  ].filter(({ there }) => there);
  const has = (id: string) => sections.some((section) => section.id === id);
  const other = has("other") && (
    <Section id="other" title={t`Other metrics`}>
      <Charts specs={charts.other} />
    </Section>
  );
  return (
    <>
      <div className="sticky top-(--head) z-20 low:static -mx-3 mb-3 flex flex-wrap items-center gap-x-6 gap-y-2 border-b bg-bg/95 px-3 py-2 backdrop-blur-sm sm:-mx-5 sm:px-5">
        <TimeControl search={search} onChange={setRange} window={() => feed.store.window()} />
        <nav aria-label={t`Sections`} className="flex w-full gap-1 overflow-x-auto max-lg:hidden">
          {sections.map(({ id, title }) => (
            <a
              key={id}
              href={`#${id}`}
              className="flex h-7 items-center rounded px-1.5 text-muted text-xs hover:bg-raised hover:text-text"
            >
              {title}
            </a>
          ))}
        </nav>
        <div
          aria-hidden
          className={loading ? "absolute inset-x-0 -bottom-px h-0.5 animate-pulse bg-accent" : "hidden"}
        />
      </div>
      {problem !== null && (
        <Notice
          className="mb-3"
          title={t`The samples of this range could not be loaded`}
          onRetry={() => void feed.fetch()}
        >
          {problem.message}
        </Notice>
      )}
      {agent.series_limited !== null && <SeriesLimit limit={agent.series_limited} />}
      <Suspense>
        <IdentityNotice agent={agent} />
      </Suspense>
      <SummaryStrip
        agent={agent}
        metas={metas}
        awaited={ours && metas.size === 0 && loading && agent.last_heartbeat !== null}
      />
      {ours && (
        <Suspense fallback={<div className="mt-3 h-9 max-sm:h-11" aria-hidden />}>
          <MarkLane agent={agent} />
        </Suspense>
      )}
      {metas.size === 0 && loading && <ChartSkeletons />}
      {metas.size === 0 && !loading && problem === null && (
        <p className="card p-10 text-center text-muted">
          <Trans>No samples in this range.</Trans>{" "}
          {agent.last_heartbeat === null
            ? t`This agent has registered but never reported.`
            : t`Choose a longer one, or wait for the agent.`}
        </p>
      )}
      {has("cpu") && (
        <Section id="cpu" title="CPU">
          <Charts specs={charts.firstOfCpu} />
          {charts.core !== undefined && (
            <Suspense fallback={<CoresPlace metas={metas} core={charts.core} />}>
              <Cores metas={metas} />
            </Suspense>
          )}
          <Charts specs={charts.restOfCpu} />
        </Section>
      )}
      {has("memory") && (
        <Section id="memory" title={t`Memory`}>
          <Charts specs={charts.memory} />
        </Section>
      )}
      {has("disks") && (
        <Section id="disks" title={t`Disks`}>
          <Later>
            <Filesystems metas={metas} />
          </Later>
          <Charts specs={charts.disks} />
        </Section>
      )}
      {has("network") && (
        <Section id="network" title={t`Network`}>
          <Charts specs={charts.network} />
        </Section>
      )}
      {has("connections") && (
        <Section id="connections" title={t`Connections`}>
          <Charts specs={charts.connections} />
        </Section>
      )}
      {!ours && other}
      {has("processes") && (
        <Section
          id="processes"
          title={t`Processes`}
          lead={
            <Later className="mb-3 h-96">
              <Processes agent={agent} feed={feed} metas={metas} />
            </Later>
          }
        >
          <Charts specs={charts.processes} />
        </Section>
      )}
      {AFTER_PROCESSES.filter(({ id }) => has(id)).map(({ id, title }) => (
        <Section key={id} id={id} title={title}>
          <Charts specs={charts[id]} />
        </Section>
      ))}
      <Later id="events">
        <Events agent={agent} />
      </Later>
      {ours && (
        <Later id="actions">
          <Actions agent={agent} />
        </Later>
      )}
      {ours && (
        <Later id="runs">
          <AgentRuns agent={agent} />
        </Later>
      )}
      {/* Below the charts: it would push these away under the pointer while it loads. */}
      <Later id="alerts">
        <AgentAlerts agent={agent} />
      </Later>
      {ours && (
        <Later id="recorder">
          <Recorder agent={agent} />
        </Later>
      )}
      {ours && other}
      {has("agent") && (
        <Section id="agent" title={t`Agent`}>
          <Later>
            <Collectors metas={metas} />
          </Later>
          <Charts specs={charts.agent} />
        </Section>
      )}
      {ours && (
        <Later id="configuration">
          <Configuration agent={agent} />
        </Later>
      )}
      <Later id="identity">
        <Identity agent={agent} />
      </Later>
    </>
  );
}
