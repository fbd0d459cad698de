import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Agent } from "@/api/types";
import { Meter } from "@/components/meter";
import { withMark } from "@/lib/language";
import { seriesKey } from "@/lib/series";
import { formatValue } from "@/lib/units";
import { firingCountQuery } from "@/pages/alerts/queries";
import type { SeriesStore } from "@/state/series-store";
import { useStoreVersion } from "@/state/use-store-version";
import { FiringCount } from "./firing-count";
import { useAgentPage } from "./page-context";
import type { Metas } from "./specs";

interface SummaryStripProps {
  agent: Agent;
  metas: Metas;
  /** The first samples are on their way: the figures have their room before they are known. */
  awaited: boolean;
}

/** The newest value of every series of a metric, added up. */
function sum(store: SeriesStore, metas: Metas, metric: string, label: string, value: string): number {
  let total = Number.NaN;
  for (const [key, meta] of metas) {
    if (meta.metric !== metric || meta.labels[label] !== value) continue;
    const last = store.last(key);
    if (!Number.isNaN(last)) total = (Number.isNaN(total) ? 0 : total) + last;
  }
  return total;
}

function fullestMount(store: SeriesStore, metas: Metas): { share: number; mount: string } {
  let fullest = { share: Number.NaN, mount: "" };
  for (const [key, meta] of metas) {
    if (meta.metric !== "system.filesystem.utilization") continue;
    const share = store.last(key);
    if (!(share <= fullest.share)) fullest = { share, mount: meta.labels.mountpoint ?? "" };
  }
  return fullest;
}

/** The six figures that are looked at first. */
export function SummaryStrip({ agent, metas, awaited }: SummaryStripProps) {
  const { store } = useAgentPage();
  useStoreVersion(store);
  const { data: firing = 0 } = useQuery(firingCountQuery(agent.id));
  const idle = store.last(seriesKey("system.cpu.utilization", { state: "idle" }));
  const memory = store.last(seriesKey("system.memory.utilization", { state: "used" }));
  const used = formatValue(store.last(seriesKey("system.memory.usage", { state: "used" })), "By");
  const disk = fullestMount(store, metas);
  const received = sum(store, metas, "system.network.io", "direction", "receive");
  const transmitted = sum(store, metas, "system.network.io", "direction", "transmit");
  const load = store.last("system.cpu.load_average.1m");
  if (!awaited && [idle, memory, disk.share, received, load].every(Number.isNaN)) return null;
  const cores = agent.facts["host.cpu.count"];
  const total = Number(agent.facts["host.memory.total_bytes"]);
  return (
    <dl className="card grid grid-cols-2 overflow-hidden sm:grid-cols-3 xl:grid-cols-6" aria-label={t`Now`}>
      <Figure
        label="CPU"
        value={formatValue(1 - idle, "%")}
        note={cores === undefined ? "" : plural(Number(cores), { one: "# core", other: "# cores" })}
      >
        <Meter value={1 - idle} />
      </Figure>
      <Figure
        label={t`Memory`}
        value={formatValue(memory, "%")}
        note={Number.isFinite(total) ? t`${used} of ${{ total: formatValue(total, "By") }}` : used}
      >
        <Meter value={memory} />
      </Figure>
      <Figure label={t`Fullest disk`} value={formatValue(disk.share, "%")} note={disk.mount}>
        <Meter value={disk.share} />
      </Figure>
      <Figure
        label={t`Network in`}
        value={formatValue(received, "By/s")}
        note={t`${{ rate: formatValue(transmitted, "By/s") }} out`}
      />
      <Figure label={t`Load, 1 min`} value={formatValue(load, "{thread}")} note={perCore(load, cores)} />
      <Figure
        label={t`Alerts`}
        value={<FiringCount agent={agent.id} />}
        note={plural(firing, { one: "firing", other: "firing" })}
      />
    </dl>
  );
}

function perCore(load: number, cores: string | undefined): string {
  const share = load / Number(cores);
  return Number.isFinite(share) ? t`${{ share: withMark(share.toFixed(2)) }} per core` : "";
}

interface FigureProps {
  label: string;
  value: ReactNode;
  note: string;
  children?: ReactNode;
}

function Figure({ label, value, note, children }: FigureProps) {
  return (
    <div className="relative -mb-px -ms-px flex flex-col border-b border-s px-4 py-3">
      <dt className="text-muted text-xs">{label}</dt>
      <dd className="flex items-baseline gap-x-2 max-sm:flex-col">
        <span
          className="tnum whitespace-nowrap font-semibold text-xl leading-8 tracking-tight"
          data-testid={`now-${label}`}
        >
          {value}
        </span>
        <span className="tnum min-h-4 min-w-0 max-w-full truncate text-muted text-xs">{note}</span>
      </dd>
      {children !== undefined && <dd className="mt-1.5">{children}</dd>}
    </div>
  );
}
