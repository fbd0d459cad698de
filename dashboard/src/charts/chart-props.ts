import type { ReactNode, Ref } from "react";
import type { ChartSource } from "@/lib/frame";
import type { TimeMark } from "@/lib/marks";
import type { DisplayUnit } from "@/lib/units";
import type { Crosshair } from "./crosshair";
import type { Limit, PlotSeries, PlotState, Span } from "./plot";
import type { ChartMode } from "./prepare";
import type { ChartHandle } from "./snapshot";

/** What pressing a moment of a chart leads to. */
export interface MomentAction {
  /** What a button offers first; null: it happens at once. */
  offer: ((moment: string) => string) | null;
  run: (time: number) => void;
}

export interface ChartProps {
  title: string;
  unit: DisplayUnit;
  mode: ChartMode;
  series: readonly PlotSeries[];
  /** Keys of the series drawn downwards from zero. */
  mirrored?: readonly string[];
  /** Where the value axis always ends. */
  fixedTop?: number | null;
  /** A logarithmic value axis: its series are drawn as lines, upwards. */
  log?: boolean;
  source: ChartSource;
  crosshair: Crosshair;
  /** In pixels, or as high as what is around it. */
  height?: number | "fill";
  /** Whether a legend stands above the plot; without it something below must say which line is which. */
  legend?: boolean;
  /** Controls beside the title. */
  aside?: ReactNode;
  /** A moment to mark with a line, in Unix seconds. */
  marked?: number | null;
  /** Stretches of time that stand out; a new list is a new chart. */
  spans?: readonly Span[];
  /** Values to hold the others against. */
  limits?: readonly Limit[];
  /** What was done, to be told of where it was. */
  marks?: readonly TimeMark[];
  /** Values hold until the next point. */
  stepped?: boolean;
  action?: MomentAction | null;
  /** Shows another time; without it the time is given. */
  onZoom?: (from: number, to: number) => void;
  onReset?: () => void;
  ref?: Ref<ChartHandle>;
}

/** In pixels, of the plot alone. */
export const CHART_HEIGHT = 176;

/** A chart before its first data. */
export const EMPTY: PlotState = {
  prepared: { times: [], drawn: [], raw: [], bands: [], low: 0, high: 0, undrawn: 0 },
  from: 0,
  to: 1,
  step: 1,
  gaps: [],
  hidden: new Set(),
  mirrored: new Set(),
  marked: null,
  spans: [],
  limits: [],
  marks: [],
};
