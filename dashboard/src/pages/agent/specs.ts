import { SERIES_COLORS } from "@/charts/palette";
import type { PlotSeries } from "@/charts/plot";
import type { ChartMode } from "@/charts/prepare";
import { describeLabels, matchesLabels, type SeriesMeta } from "@/lib/series";
import { displayUnit } from "@/lib/units";
import { KNOWN, PLANS, type Section } from "./plans";
import type { Plan } from "./plans/plan";

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

/** A chart for each metric that the page does not know: whatever a script posts is drawn without any code for it. */
export function otherCharts(metas: Metas): ChartSpec[] {
  const names = new Set([...metas.values()].map(({ metric }) => metric).filter((metric) => !KNOWN.has(metric)));
  return [...names].sort().flatMap((metric) => {
    const chart = makeChart(metas, { id: `other-${metric}`, title: metric, mode: "line", picks: [{ metric }] });
    if (chart === null) return [];
    const only = chart.series.length === 1 ? chart.series[0] : undefined;
    if (only?.key === metric) only.label = metric;
    return [chart];
  });
}

/** The charts of one section that this agent has series for. */
export function sectionCharts(metas: Metas, section: Section): ChartSpec[] {
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
