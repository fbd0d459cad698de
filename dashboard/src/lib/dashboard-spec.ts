// What stands on a dashboard, in the words of the hub's API.
import type { Across, Aggregation } from "./explore-search";
import type { Grouping } from "./fleet-groups";
import { freePlace, type Placed } from "./grid-layout";
import type { Resource } from "./home-search";
import type { PresetName } from "./range";

export const MAX_PANELS = 40;
export const MAX_QUERIES = 4;

export const VARIABLE_KINDS = ["environment", "type", "tag", "agent", "label"] as const;

export interface DashboardVariable {
  name: string;
  kind: (typeof VARIABLE_KINDS)[number];
  /** How it is called; its name when empty. */
  label: string;
  /** Of kind "label": of which metric and key. */
  metric: string;
  key: string;
}

/** A question of Explore; "$name" stands for what a variable chose. */
export interface PanelQuery {
  metric: string;
  labels: Record<string, string>;
  agent: (number | string)[];
  environment: string[];
  type: string[];
  tag: string[];
  agg: Aggregation;
  across: Across;
  by: string[];
  top: number | null;
  bottom: number | null;
  compare: number;
}

export interface PanelThreshold {
  op: "above" | "below";
  value: number;
  severity: "warning" | "critical";
}

interface Standing extends Placed {
  title: string;
}

export interface TimeSeriesPanel extends Standing {
  kind: "timeseries";
  queries: PanelQuery[];
  stacked: boolean;
}

export interface StatPanel extends Standing {
  kind: "stat";
  queries: PanelQuery[];
  thresholds: PanelThreshold[];
}

export interface TablePanel extends Standing {
  kind: "table";
  queries: PanelQuery[];
}

export interface MapPanel extends Standing {
  kind: "map";
  color: Resource;
  /** Instead of `color`; empty for none. */
  metric: string;
  by: Grouping | null;
  environment: string[];
  type: string[];
  tag: string[];
}

export interface IncidentsPanel extends Standing {
  kind: "incidents";
}

export interface TextPanel extends Standing {
  kind: "text";
  text: string;
}

export type Panel = TimeSeriesPanel | StatPanel | TablePanel | MapPanel | IncidentsPanel | TextPanel;
export type PanelKind = Panel["kind"];

export interface DashboardSpec {
  schema_version: 1;
  range: PresetName;
  variables: DashboardVariable[];
  panels: Panel[];
}

export const EMPTY_SPEC: DashboardSpec = { schema_version: 1, range: "1h", variables: [], panels: [] };

export const PLAIN_QUERY: PanelQuery = {
  ...{ metric: "", labels: {}, agent: [], environment: [], type: [], tag: [] },
  ...{ agg: "avg", across: "avg", by: [], top: null, bottom: null, compare: 0 },
};

/** How wide and high each kind begins. */
const SIZES: Record<PanelKind, { w: number; h: number }> = {
  timeseries: { w: 6, h: 5 },
  stat: { w: 3, h: 2 },
  table: { w: 6, h: 5 },
  map: { w: 6, h: 5 },
  incidents: { w: 4, h: 5 },
  text: { w: 4, h: 2 },
};

/** The spec with another panel, where there is room first. */
export function withPanel(spec: DashboardSpec, make: (standing: Standing) => Panel, like?: Placed["grid"]) {
  const id = Math.max(0, ...spec.panels.map((panel) => panel.id)) + 1;
  const draft = make({ id, title: "", grid: { x: 0, y: 0, w: 2, h: 2 } });
  const { w, h } = like ?? SIZES[draft.kind];
  const panel = { ...draft, grid: freePlace(spec.panels, w, h) };
  return { spec: { ...spec, panels: [...spec.panels, panel] }, panel };
}

/** A panel that asks one query. */
export function queryPanel(kind: "timeseries" | "stat" | "table", standing: Standing, query: PanelQuery): Panel {
  const queries = [query];
  if (kind === "timeseries") return { ...standing, kind, queries, stacked: false };
  return kind === "stat" ? { ...standing, kind, queries, thresholds: [] } : { ...standing, kind, queries };
}

/** A panel as it begins. */
export function emptyPanel(kind: PanelKind, standing: Standing): Panel {
  switch (kind) {
    case "timeseries":
    case "stat":
    case "table":
      return queryPanel(kind, standing, PLAIN_QUERY);
    case "map":
      return { ...standing, kind, color: "cpu", metric: "", by: null, environment: [], type: [], tag: [] };
    case "incidents":
      return { ...standing, kind };
    case "text":
      return { ...standing, kind, text: "" };
  }
}

/** The panel as another kind: what both kinds have stays. */
export function asKind(panel: Panel, kind: PanelKind): Panel {
  if (panel.kind === kind) return panel;
  const { id, title, grid } = panel;
  const next = emptyPanel(kind, { id, title, grid });
  if (!("queries" in next) || !("queries" in panel)) return next;
  return { ...next, queries: next.kind === "timeseries" ? panel.queries : panel.queries.slice(0, 1) };
}

/** Whether a panel says enough to be shown. */
export function isComplete(panel: Panel): boolean {
  if (panel.kind === "text") return panel.text.trim() !== "";
  return !("queries" in panel) || panel.queries.every(({ metric }) => metric !== "");
}
