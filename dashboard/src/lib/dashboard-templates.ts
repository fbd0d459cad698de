// Dashboards to begin from, of metrics that every agent sends.
import { t } from "@lingui/core/macro";
import {
  type DashboardSpec,
  type DashboardVariable,
  EMPTY_SPEC,
  type Panel,
  type PanelQuery,
  PLAIN_QUERY,
} from "./dashboard-spec";

export interface Template {
  id: string;
  name: string;
  text: string;
  spec: DashboardSpec;
}

type Size = [x: number, y: number, w: number, h: number];

/** A panel without its id, which is its place in the list. */
type Draft = Panel extends infer One ? (One extends Panel ? Omit<One, "id"> : never) : never;

const at = ([x, y, w, h]: Size) => ({ grid: { x, y, w, h } });
const variable = (name: DashboardVariable["kind"], label: string): DashboardVariable => ({
  ...{ name, kind: name, label },
  ...{ metric: "", key: "" },
});
const numbered = (panels: Draft[]): Panel[] => panels.map((panel, index) => ({ ...panel, id: index + 1 }) as Panel);

/** A query that follows the choice of the environment. */
const ask = (metric: string, more: Partial<PanelQuery> = {}): PanelQuery => ({
  ...PLAIN_QUERY,
  environment: ["$environment"],
  metric,
  ...more,
});
const AGENTS: Partial<PanelQuery> = { by: ["agent"], top: 10 };

const series = (title: string, size: Size, queries: PanelQuery[], stacked = false): Draft => ({
  ...{ kind: "timeseries", title, queries, stacked },
  ...at(size),
});
const highest = (title: string, size: Size, query: PanelQuery, warning: number, critical: number): Draft => ({
  ...{ kind: "stat", title, queries: [{ ...query, across: "max" }] },
  thresholds: [
    { op: "above", value: warning, severity: "warning" },
    { op: "above", value: critical, severity: "critical" },
  ],
  ...at(size),
});

const MEMORY = { labels: { state: "used" } };
const FLEET: Draft[] = [
  highest(t`Highest load`, [0, 0, 3, 2], ask("system.cpu.load_average.1m"), 16, 64),
  highest(t`Highest memory`, [3, 0, 3, 2], ask("system.memory.utilization", MEMORY), 0.85, 0.95),
  highest(t`Fullest filesystem`, [6, 0, 3, 2], ask("system.filesystem.utilization"), 0.85, 0.95),
  highest(t`Waiting for disks`, [9, 0, 3, 2], ask("system.disk.io_time"), 0.8, 0.95),
  {
    ...{ kind: "map", title: t`CPU of all agents`, color: "cpu", metric: "", by: "environment" },
    ...{ environment: ["$environment"], type: [], tag: [] },
    ...at([0, 2, 8, 6]),
  },
  { kind: "incidents", title: t`Open incidents`, ...at([8, 2, 4, 6]) },
  series(t`Load, the ten highest`, [0, 8, 6, 5], [ask("system.cpu.load_average.1m", AGENTS)]),
  series(t`Memory used, the ten highest`, [6, 8, 6, 5], [ask("system.memory.utilization", { ...AGENTS, ...MEMORY })]),
  series(
    t`Network by direction`,
    [0, 13, 6, 5],
    [ask("system.network.io", { by: ["label:direction"], across: "sum" })],
  ),
  {
    ...{ kind: "table", title: t`Fullest filesystems`, ...at([6, 13, 6, 5]) },
    queries: [ask("system.filesystem.utilization", { by: ["agent", "label:mountpoint"], across: "max", top: 20 })],
  },
];

const STORAGE: Draft[] = [
  highest(t`Busiest disk`, [0, 0, 3, 2], ask("system.disk.io_time"), 0.8, 0.95),
  highest(t`Fullest filesystem`, [3, 0, 3, 2], ask("system.filesystem.utilization"), 0.85, 0.95),
  highest(t`Scarcest inodes`, [6, 0, 3, 2], ask("system.filesystem.inodes.utilization"), 0.85, 0.95),
  highest(t`Highest memory`, [9, 0, 3, 2], ask("system.memory.utilization", MEMORY), 0.9, 0.97),
  series(
    t`Latency of reads and writes`,
    [0, 2, 6, 5],
    [ask("system.disk.latency", { by: ["agent", "label:direction"], across: "max", top: 10 })],
  ),
  series(
    t`Disk in use, the ten highest`,
    [6, 2, 6, 5],
    [ask("system.disk.io_time", { by: ["agent", "label:device"], top: 10 })],
  ),
  series(t`Bytes read and written`, [0, 7, 6, 5], [ask("system.disk.io", { by: ["label:direction"], across: "sum" })]),
  series(t`Operations`, [6, 7, 6, 5], [ask("system.disk.operations", { by: ["label:direction"], across: "sum" })]),
  series(t`Memory by state`, [0, 12, 6, 5], [ask("system.memory.usage", { by: ["label:state"], across: "sum" })], true),
  {
    ...{ kind: "table", title: t`Filesystems against a week ago`, ...at([6, 12, 6, 5]) },
    queries: [
      ask("system.filesystem.utilization", {
        ...{ by: ["agent", "label:mountpoint"], across: "max", top: 20, compare: 604_800 },
      }),
    ],
  },
];

/** Of the machine that is chosen; of all while none is. */
const one = (metric: string, more: Partial<PanelQuery> = {}): PanelQuery => ({
  ...PLAIN_QUERY,
  agent: ["$agent"],
  metric,
  ...more,
});
const MACHINE: Draft[] = [
  series(t`CPU of $agent by state`, [0, 0, 6, 5], [one("system.cpu.utilization", { by: ["label:state"] })], true),
  series(t`Memory of $agent by state`, [6, 0, 6, 5], [one("system.memory.usage", { by: ["label:state"] })], true),
  series(t`Network`, [0, 5, 6, 5], [one("system.network.io", { by: ["label:direction"], across: "sum" })]),
  series(t`Disks`, [6, 5, 6, 5], [one("system.disk.io", { by: ["label:direction"], across: "sum" })]),
  series(t`Load`, [0, 10, 6, 4], [one("system.cpu.load_average.1m"), one("system.cpu.load_average.15m")]),
  {
    ...{ kind: "table", title: t`Filesystems`, ...at([6, 10, 6, 4]) },
    queries: [one("system.filesystem.utilization", { by: ["label:mountpoint"], across: "max", top: 20 })],
  },
];

export const TEMPLATES: readonly Template[] = [
  {
    id: "fleet",
    name: t`Fleet overview`,
    text: t`Load, memory, disks and network of all machines, with what is wrong now.`,
    spec: { ...EMPTY_SPEC, variables: [variable("environment", t`Environment`)], panels: numbered(FLEET) },
  },
  {
    id: "storage",
    name: t`Database hosts`,
    text: t`Disks and memory, where databases spend their time: latency, use, and what fills up.`,
    spec: { ...EMPTY_SPEC, variables: [variable("environment", t`Environment`)], panels: numbered(STORAGE) },
  },
  {
    id: "machine",
    name: t`One machine`,
    text: t`Everything about the machine that you choose at the top.`,
    spec: { ...EMPTY_SPEC, variables: [variable("agent", t`Agent`)], panels: numbered(MACHINE) },
  },
];
