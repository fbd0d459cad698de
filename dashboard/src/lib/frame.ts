import type { Gap } from "./series";

/** One series of a chart frame. All arrays are parallel to the frame's times; NaN is "no data". */
export interface FrameSeries {
  key: string;
  values: Float64Array;
  /** The extremes within each point when points stand for several samples, else null. */
  min: Float64Array | null;
  max: Float64Array | null;
}

/** What a chart draws: read from the store at the moment of drawing, never kept. Times are Unix seconds. */
export interface ChartFrame {
  from: number;
  to: number;
  /** Seconds between two points when nothing is missing. */
  step: number;
  times: Float64Array;
  series: FrameSeries[];
  gaps: readonly Gap[];
}

/** Where a chart gets its data: it is told that something changed, and reads when it is about to draw. */
export interface ChartSource {
  subscribe(changed: () => void): () => void;
  read(keys: readonly string[]): ChartFrame;
}
