import { SERIES_COLORS, type SeriesColor } from "@/charts/palette";
import type { PlotSeries } from "@/charts/plot";
import type { ChartMode } from "@/charts/prepare";
import { describeLabels, matchesLabels, type SeriesMeta } from "@/lib/series";
import { displayUnit } from "@/lib/units";

/** One chart of the page, without its data. */
export interface ChartSpec {
  id: string;
  title: string;
  unit: string;
  mode: ChartMode;
  series: PlotSeries[];
  mirrored?: string[];
  /** Key of the series whose newest value is the top of the axis, or a fixed number. */
  fixedTop?: number;
}

export type Metas = ReadonlyMap<string, SeriesMeta>;

/** How series are picked for a chart and how they look. */
interface Pick {
  metric: string;
  /** Labels that must match; null means that the label must be absent. */
  where?: Record<string, string | null>;
  label?: (labels: Record<string, string>) => string;
  color?: (labels: Record<string, string>) => SeriesColor | undefined;
  faint?: (labels: Record<string, string>) => boolean;
}

interface Plan {
  id: string;
  title: string;
  mode: ChartMode;
  picks: Pick[];
  /** Labels of series drawn downwards. */
  downwards?: (labels: Record<string, string>) => boolean;
  fixedTop?: number;
  /** The order of a label's values, from the bottom of a stack up. */
  order?: { label: string; values: readonly string[] };
}

const CPU_STATES = ["user", "system", "nice", "iowait", "irq", "softirq", "steal"] as const;
const CPU_COLORS: Record<string, SeriesColor> = {
  user: "c1",
  system: "c3",
  nice: "c6",
  iowait: "c4",
  irq: "c5",
  softirq: "c2",
  steal: "c7",
};
const MEMORY_COLORS: Record<string, SeriesColor> = { used: "c5", buffers: "c2", cached: "c1", free: "c8" };
const PROCESS_COLORS: Record<string, SeriesColor> = {
  running: "c6",
  sleeping: "c8",
  stopped: "c3",
  zombie: "c7",
  other: "c1",
};

const byState = (labels: Record<string, string>) => labels.state ?? "";
const direction = (labels: Record<string, string>) => `${labels.device ?? ""} ${labels.direction ?? ""}`.trim();

/** Makes a chart of a plan; null when the agent has none of its series. */
export function makeChart(metas: Metas, plan: Plan): ChartSpec | null {
  const found: { series: PlotSeries; meta: SeriesMeta; rank: number; downwards: boolean }[] = [];
  for (const pick of plan.picks) {
    for (const [key, meta] of metas) {
      if (meta.metric !== pick.metric || !matchesLabels(meta, pick.where ?? {})) continue;
      const rank = plan.order === undefined ? 0 : plan.order.values.indexOf(meta.labels[plan.order.label] ?? "");
      if (rank === -1) continue;
      const label = (pick.label ?? describeLabels)(meta.labels);
      found.push({
        series: {
          key,
          label,
          color: pick.color?.(meta.labels) ?? SERIES_COLORS[found.length % SERIES_COLORS.length] ?? "c1",
          faint: pick.faint?.(meta.labels) ?? false,
        },
        meta,
        rank,
        downwards: plan.downwards?.(meta.labels) ?? false,
      });
    }
  }
  const first = found[0];
  if (first === undefined) return null;
  found.sort((one, other) => one.rank - other.rank);
  return {
    id: plan.id,
    title: plan.title,
    unit: displayUnit(first.meta.metric, first.meta.unit),
    mode: plan.mode,
    series: found.map(({ series }) => series),
    mirrored: found.filter(({ downwards }) => downwards).map(({ series }) => series.key),
    ...(plan.fixedTop === undefined ? {} : { fixedTop: plan.fixedTop }),
  };
}

/** CPU by state: of the whole machine for null, else of one core. */
export function cpuPlan(core: string | null): Plan {
  return {
    id: core === null ? "cpu" : "cpu-core",
    title: core === null ? "CPU by state, all cores" : `CPU by state, core ${core}`,
    mode: "stack",
    picks: [
      {
        metric: "system.cpu.utilization",
        where: { cpu: core },
        label: byState,
        color: (labels) => CPU_COLORS[labels.state ?? ""],
      },
    ],
    order: { label: "state", values: CPU_STATES },
  };
}

const loadPick = (minutes: string): Pick => ({
  metric: `system.cpu.load_average.${minutes}`,
  label: () => minutes.replace("m", " min"),
});

/** The charts of each section, in the order of the page. */
export const PLANS: Record<"cpu" | "memory" | "disks" | "network" | "processes" | "agent", readonly Plan[]> = {
  cpu: [
    cpuPlan(null),
    { id: "load", title: "Load average", mode: "line", picks: [loadPick("1m"), loadPick("5m"), loadPick("15m")] },
    {
      id: "switches",
      title: "Context switches and interrupts",
      mode: "line",
      picks: [
        { metric: "system.cpu.context_switches", label: () => "context switches" },
        { metric: "system.cpu.interrupts", label: () => "interrupts" },
      ],
    },
  ],
  memory: [
    {
      id: "memory",
      title: "Memory",
      mode: "stack",
      picks: [
        {
          metric: "system.memory.usage",
          label: byState,
          color: (labels) => MEMORY_COLORS[labels.state ?? ""],
          faint: (labels) => labels.state === "free",
        },
      ],
      order: { label: "state", values: ["used", "buffers", "cached", "free"] },
    },
    {
      id: "available",
      title: "Available memory",
      mode: "area",
      picks: [{ metric: "system.linux.memory.available", label: () => "available" }],
    },
    {
      id: "swap",
      title: "Swap",
      mode: "stack",
      picks: [
        {
          metric: "system.paging.usage",
          label: byState,
          color: (labels) => MEMORY_COLORS[labels.state ?? ""],
          faint: (labels) => labels.state === "free",
        },
      ],
      order: { label: "state", values: ["used", "free"] },
    },
    {
      id: "paging",
      title: "Swapping (in up, out down)",
      mode: "area",
      picks: [{ metric: "system.paging.operations", label: (labels) => labels.direction ?? "" }],
      downwards: (labels) => labels.direction === "out",
    },
  ],
  disks: [
    {
      id: "disk-io",
      title: "Disk throughput (read up, write down)",
      mode: "area",
      picks: [{ metric: "system.disk.io", label: direction }],
      downwards: (labels) => labels.direction === "write",
    },
    { id: "disk-busy", title: "Disk busy", mode: "line", picks: [{ metric: "system.disk.io_time" }], fixedTop: 1 },
    {
      id: "disk-operations",
      title: "Disk operations (read up, write down)",
      mode: "area",
      picks: [{ metric: "system.disk.operations", label: direction }],
      downwards: (labels) => labels.direction === "write",
    },
    {
      id: "space",
      title: "Space used",
      mode: "line",
      picks: [{ metric: "system.filesystem.utilization", label: (labels) => labels.mountpoint ?? "" }],
      fixedTop: 1,
    },
    {
      id: "inodes",
      title: "Inodes used",
      mode: "line",
      picks: [{ metric: "system.filesystem.inodes.utilization", label: (labels) => labels.mountpoint ?? "" }],
      fixedTop: 1,
    },
  ],
  network: [
    {
      id: "network",
      title: "Network throughput (received up, transmitted down)",
      mode: "area",
      picks: [{ metric: "system.network.io", label: direction }],
      downwards: (labels) => labels.direction === "transmit",
    },
    {
      id: "packets",
      title: "Packets (received up, transmitted down)",
      mode: "area",
      picks: [{ metric: "system.network.packets", label: direction }],
      downwards: (labels) => labels.direction === "transmit",
    },
    {
      id: "network-trouble",
      title: "Network errors and drops",
      mode: "line",
      picks: [
        { metric: "system.network.errors", label: (labels) => `${direction(labels)} errors` },
        { metric: "system.network.dropped", label: (labels) => `${direction(labels)} drops` },
      ],
    },
  ],
  processes: [
    {
      id: "processes",
      title: "Processes by state",
      mode: "stack",
      picks: [
        {
          metric: "system.process.count",
          label: (labels) => labels.status ?? "",
          color: (labels) => PROCESS_COLORS[labels.status ?? ""],
          faint: (labels) => labels.status === "sleeping",
        },
      ],
      order: { label: "status", values: ["running", "zombie", "stopped", "other", "sleeping"] },
    },
    {
      id: "threads",
      title: "Threads",
      mode: "line",
      picks: [{ metric: "system.thread.count", label: () => "threads" }],
    },
    {
      id: "created",
      title: "Processes started",
      mode: "area",
      picks: [{ metric: "system.processes.created", label: () => "started" }],
    },
  ],
  agent: [
    {
      id: "agent-memory",
      title: "Agent memory",
      mode: "area",
      picks: [{ metric: "opsentrix.agent.memory.rss", label: () => "resident" }],
    },
    {
      id: "agent-cpu",
      title: "Agent CPU",
      mode: "area",
      picks: [{ metric: "opsentrix.agent.cpu.utilization", label: () => "of one core" }],
    },
    {
      id: "collectors",
      title: "Time each collector takes",
      mode: "line",
      picks: [{ metric: "opsentrix.agent.collector.duration" }],
    },
    {
      id: "spool",
      title: "Frames waiting and lost",
      mode: "line",
      picks: [
        { metric: "opsentrix.agent.spool.frames", label: () => "waiting" },
        { metric: "opsentrix.agent.spool.dropped_frames", label: () => "dropped" },
        { metric: "opsentrix.agent.ticks.missed", label: () => "ticks missed" },
      ],
    },
  ],
};

/** Metrics that the page shows in another way than in one of the charts above. */
const SHOWN_OTHERWISE = [
  "system.cpu.logical.count",
  "system.memory.utilization",
  "system.memory.limit",
  "system.paging.utilization",
  "system.filesystem.usage",
  "system.filesystem.inodes.usage",
  "system.disk.operation_time",
  "system.process.total",
  "system.uptime",
  "opsentrix.agent.collector.up",
  "opsentrix.agent.collector.failures",
];

const KNOWN = new Set([
  ...SHOWN_OTHERWISE,
  ...Object.values(PLANS).flatMap((plans) => plans.flatMap(({ picks }) => picks.map(({ metric }) => metric))),
]);

/** A chart for each metric that the page does not know: whatever a script posts is drawn without any code for it. */
export function otherCharts(metas: Metas): ChartSpec[] {
  const names = new Set([...metas.values()].map(({ metric }) => metric).filter((metric) => !KNOWN.has(metric)));
  return [...names].sort().flatMap((metric) => {
    const chart = makeChart(metas, { id: `other-${metric}`, title: metric, mode: "line", picks: [{ metric }] });
    if (chart === null) return [];
    const only = chart.series.length === 1 ? chart.series[0] : undefined;
    if (only !== undefined && only.label === "value") only.label = metric;
    return [chart];
  });
}

/** The charts of one section that this agent has series for. */
export function sectionCharts(metas: Metas, section: keyof typeof PLANS): ChartSpec[] {
  return PLANS[section].flatMap((plan) => makeChart(metas, plan) ?? []);
}

/** The cores that report, in numeric order. */
export function coreNames(metas: Metas): string[] {
  const cores = new Set<string>();
  for (const meta of metas.values()) {
    if (meta.metric === "system.cpu.utilization" && meta.labels.cpu !== undefined) cores.add(meta.labels.cpu);
  }
  return [...cores].sort((one, other) => Number(one) - Number(other));
}
