import type { DisplayUnit } from "@/lib/units";
import type { PlotSeries, PlotState } from "./plot";

/** What a chart shows at one moment, to be saved or read elsewhere. */
export interface ChartSnapshot {
  title: string;
  unit: DisplayUnit;
  series: readonly PlotSeries[];
  state: PlotState;
  /** A logarithmic axis. */
  log: boolean;
  /** The plot with its axes; the chart goes on drawing on it. */
  canvas: HTMLCanvasElement;
}

/** What a page can ask of a chart. */
export interface ChartHandle {
  /** What is drawn now, null before anything was. */
  snapshot: () => ChartSnapshot | null;
}
