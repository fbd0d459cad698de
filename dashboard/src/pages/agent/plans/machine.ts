import { t } from "@lingui/core/macro";
import type { SeriesColor } from "@/charts/palette";
import { by, byAll, line, outwards, type Pick, type Plan } from "./plan";

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

/** CPU by state: of the whole machine for null, else of one core. */
export function cpuPlan(core: string | null): Plan {
  return {
    id: core === null ? "cpu" : "cpu-core",
    title: core === null ? t`CPU by state, all cores` : t`CPU by state, core ${core}`,
    mode: "stack",
    picks: [
      {
        metric: "system.cpu.utilization",
        where: { cpu: core },
        label: by("state"),
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

/** CPU, in the order of the page. */
export const CPU: readonly Plan[] = [
  cpuPlan(null),
  { id: "load", title: t`Load average`, mode: "line", picks: [loadPick("1m"), loadPick("5m"), loadPick("15m")] },
  {
    id: "switches",
    title: t`Context switches and interrupts`,
    mode: "line",
    picks: [
      { metric: "system.cpu.context_switches", label: () => t`context switches` },
      { metric: "system.cpu.interrupts", label: () => t`interrupts` },
    ],
  },
  {
    id: "pressure-cpu",
    title: t`Time that work waited for the CPU`,
    mode: "area",
    picks: [{ metric: "system.linux.pressure.stall_time", where: { resource: "cpu" }, label: by("stall") }],
  },
  {
    id: "run-queue",
    title: t`Threads that run or wait`,
    mode: "line",
    picks: [line("system.processes.running", t`for a CPU`), line("system.processes.blocked", t`for a disk`)],
  },
];

/** Memory. */
export const MEMORY: readonly Plan[] = [
  {
    id: "memory",
    title: t`Memory`,
    mode: "stack",
    picks: [
      {
        metric: "system.memory.usage",
        label: by("state"),
        color: (labels) => MEMORY_COLORS[labels.state ?? ""],
        faint: (labels) => labels.state === "free",
      },
    ],
    order: { label: "state", values: ["used", "buffers", "cached", "free"] },
  },
  {
    id: "available",
    title: t`Available memory`,
    mode: "area",
    picks: [{ metric: "system.linux.memory.available", label: () => t`available` }],
  },
  {
    id: "swap",
    title: t({ message: "Swap", context: "memory" }),
    mode: "stack",
    picks: [
      {
        metric: "system.paging.usage",
        label: by("state"),
        color: (labels) => MEMORY_COLORS[labels.state ?? ""],
        faint: (labels) => labels.state === "free",
      },
    ],
    order: { label: "state", values: ["used", "free"] },
  },
  {
    id: "paging",
    title: t`Swapping (in up, out down)`,
    mode: "area",
    picks: [{ metric: "system.paging.operations", label: (labels) => labels.direction ?? "" }],
    downwards: outwards,
  },
  {
    id: "pressure-memory",
    title: t`Time that work waited for memory`,
    mode: "area",
    picks: [{ metric: "system.linux.pressure.stall_time", where: { resource: "memory" }, label: by("stall") }],
  },
  { id: "faults", title: t`Page faults`, mode: "line", picks: [line("system.paging.faults", by("kind"))] },
  {
    id: "oom",
    title: t`Processes killed for want of memory`,
    mode: "area",
    picks: [line("system.linux.memory.oom_kills", t({ message: "killed", context: "processes" }))],
  },
];

/** Network interfaces. */
export const NETWORK: readonly Plan[] = [
  {
    id: "network",
    title: t`Network throughput (received up, transmitted down)`,
    mode: "area",
    picks: [{ metric: "system.network.io", label: byAll("device", "direction") }],
    downwards: outwards,
  },
  {
    id: "packets",
    title: t`Packets (received up, transmitted down)`,
    mode: "area",
    picks: [{ metric: "system.network.packets", label: byAll("device", "direction") }],
    downwards: outwards,
  },
  {
    id: "network-trouble",
    title: t`Network errors and drops`,
    mode: "line",
    picks: [
      {
        metric: "system.network.errors",
        label: (labels) => t`${{ device: byAll("device", "direction")(labels) }} errors`,
      },
      {
        metric: "system.network.dropped",
        label: (labels) => t`${{ device: byAll("device", "direction")(labels) }} drops`,
      },
    ],
  },
  {
    id: "carrier",
    title: t`Interfaces with carrier`,
    mode: "line",
    picks: [line("hw.network.up", by("device"))],
    fixedTop: 1,
  },
  {
    id: "carrier-changes",
    title: t`Carrier lost or found`,
    mode: "line",
    picks: [line("hw.network.carrier_changes", by("device"))],
  },
];

/** Processes and threads. */
export const PROCESSES: readonly Plan[] = [
  {
    id: "processes",
    title: t`Processes by state`,
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
    title: t`Threads`,
    mode: "line",
    picks: [{ metric: "system.thread.count", label: () => t`threads` }],
  },
  {
    id: "created",
    title: t`Processes started`,
    mode: "area",
    picks: [{ metric: "system.processes.created", label: () => t({ message: "started", context: "processes" }) }],
  },
  {
    id: "sessions",
    title: t`Users logged in`,
    mode: "line",
    picks: [
      line("system.session.users", t`users`),
      line("system.session.count", (labels) => t`${{ origin: by("origin")(labels) }} sessions`),
    ],
  },
];
