import uPlot from "uplot";
import type { TimeMark } from "@/lib/marks";
import type { Gap } from "@/lib/series";
import { formatTick } from "@/lib/time";
import { type DisplayUnit, formatAxisValue } from "@/lib/units";
import { localDate } from "@/lib/zone";
import { logRange, logTicks } from "./log-axis";
import { drawBand, drawGaps, drawLimits, drawMark, drawMarkFlags, drawMarkLines, drawSpans, hatch } from "./overlays";
import { readColor, type SeriesColor, withAlpha } from "./palette";
import { type ChartMode, type Prepared, valueRange } from "./prepare";

/** Width of the value axis in CSS pixels: the same everywhere, so that moments line up between charts. */
export const AXIS_WIDTH = 68;
const AXIS_HEIGHT = 26;
export const FONT = '11px "Inter Variable", ui-sans-serif, system-ui, sans-serif';

export interface PlotSeries {
  key: string;
  label: string;
  color: SeriesColor;
  /** Drawn so that the others stand out: what is free, what is idle. */
  faint?: boolean;
  /** Drawn as a dashed line: what was, beside what is. */
  dashed?: boolean;
}

/** A stretch of time that stands out behind the lines, in Unix seconds. */
export interface Span {
  from: number;
  to: number;
  /** Name of a theme colour. */
  color: "bad" | "warn";
}

/** A value to hold the others against, such as the threshold of a rule. */
export interface Limit {
  value: number;
  label: string;
}

/** What the drawing hooks look at while drawing; the wrapper renews it before each draw. */
export interface PlotState {
  prepared: Prepared;
  from: number;
  to: number;
  /** Seconds between points when nothing is missing. */
  step: number;
  gaps: readonly Gap[];
  hidden: ReadonlySet<string>;
  /** Series drawn downwards from zero. */
  mirrored: ReadonlySet<string>;
  /** A moment to mark with a line, in Unix seconds. */
  marked: number | null;
  spans: readonly Span[];
  limits: readonly Limit[];
  /** What was done, marked above the plot. */
  marks: readonly TimeMark[];
}

export interface PlotOptions {
  width: number;
  height: number;
  mode: ChartMode;
  unit: DisplayUnit;
  fixedTop: number | null;
  /** A logarithmic value axis; what is prepared for it has no zero and nothing below. */
  log: boolean;
  /** Values hold until the next point, instead of changing evenly towards it. */
  stepped: boolean;
  series: readonly PlotSeries[];
  state: () => PlotState;
  onCursor: (plot: uPlot) => void;
  /** Whether another time can be chosen in the plot. */
  zoomable: boolean;
  onSelect: (from: number, to: number) => void;
  onReset: () => void;
  /** The plot is moved by so many seconds while it is held; null: it was let go. */
  onPan: (seconds: number | null) => void;
  /** A moment was pressed, with the place of it in pixels from the chart's left. */
  onPick: (time: number, left: number) => void;
}

/** Distances between ticks of the time axis, in seconds: what people count time in. */
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3600),
  ...[1, 2, 7, 14, 30, 90, 365].map((days) => days * 86_400),
];

/** Distances between ticks of byte axes: powers of two times 1, 2, 4, ... so that labels are round in KiB and MiB. */
const BYTE_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power);

/** A dot for each sample that has no neighbour: no line can show it. */
function lonePoints(plot: uPlot, series: number): number[] | null {
  const values = plot.data[series] ?? [];
  const lone: number[] = [];
  for (let row = 0; row < values.length; row += 1) {
    if (values[row] != null && values[row - 1] == null && values[row + 1] == null) lone.push(row);
  }
  return lone.length === 0 ? null : lone;
}

function axes(options: PlotOptions): uPlot.Axis[] {
  const text = readColor("muted");
  const line = readColor("line");
  const shared = { stroke: text, font: FONT, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return [
    {
      ...shared,
      grid: { show: false },
      size: AXIS_HEIGHT,
      space: 68,
      gap: 6,
      incrs: TIME_STEPS,
      values: (_plot, splits, _axis, _space, increment) => splits.map((time) => formatTick(time, increment)),
    },
    {
      ...shared,
      size: AXIS_WIDTH,
      space: 34,
      gap: 8,
      values: (_plot, splits) => splits.map((value) => formatAxisValue(Math.abs(value), options.unit)),
      ...(options.unit.startsWith("By") ? { incrs: BYTE_STEPS } : {}),
      ...(options.log
        ? {
            splits: (_plot, _axis, low, high) => logTicks(low, high, options.unit),
            filter: (_plot, splits) => splits,
          }
        : {}),
    },
  ];
}

function seriesOptions(options: PlotOptions): uPlot.Series[] {
  const opacity = { line: 0, area: 0.16, stack: 0.78 }[options.mode];
  const { hidden } = options.state();
  const paths = options.stepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return options.series.map(({ key, label, color, faint = false, dashed = false }) => {
    const stroke = readColor(color);
    return {
      label,
      stroke,
      show: !hidden.has(key),
      width: options.mode === "stack" ? 0 : 1.5,
      spanGaps: false,
      ...(dashed ? { dash: [5, 4], stroke: withAlpha(stroke, 0.6), width: 1 } : {}),
      ...(paths === undefined ? {} : { paths }),
      points: {
        show: () => false,
        filter: (plot: uPlot, series: number) => lonePoints(plot, series),
        size: 4,
        fill: stroke,
      },
      ...(opacity === 0 ? {} : { fill: withAlpha(stroke, faint ? opacity / 4 : opacity) }),
    };
  });
}

/** Follows the pointer until it is let go, wherever that is. */
function pan(plot: uPlot, { clientX }: MouseEvent, moved: (seconds: number | null) => void): void {
  const perPixel = plot.posToVal(1, "x") - plot.posToVal(0, "x");
  const move = (event: MouseEvent) => moved((clientX - event.clientX) * perPixel);
  const end = () => {
    document.removeEventListener("mousemove", move);
    moved(null);
  };
  document.addEventListener("mousemove", move);
  document.addEventListener("mouseup", end, { once: true });
}

/** The only place that knows how uPlot is set up. */
export function createPlot(options: PlotOptions, target: HTMLElement): uPlot {
  const pattern = hatch(readColor("edge"));
  const bands =
    options.mode === "stack"
      ? options.series.slice(1).map((_, index) => ({ series: [index + 2, index + 1] as [number, number] }))
      : [];
  let panned = false;
  const plot = new uPlot(
    {
      width: options.width,
      height: options.height,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      tzDate: localDate,
      series: [{}, ...seriesOptions(options)],
      bands,
      axes: axes(options),
      scales: {
        x: { time: true, range: () => [options.state().from, options.state().to] },
        y: {
          ...(options.log ? { distr: 3 } : {}),
          range: () => {
            const { prepared, limits } = options.state();
            const values = limits.map(({ value }) => value).filter((value) => !options.log || value > 0);
            const low = Math.min(prepared.low, ...values);
            const high = Math.max(prepared.high, ...values);
            return options.log
              ? logRange(low, high, options.unit, options.fixedTop)
              : valueRange(low, high, options.unit, options.fixedTop);
          },
        },
      },
      cursor: {
        y: false,
        hover: { prox: 12 },
        drag: { x: options.zoomable, y: false, setScale: false, dist: 6 },
        points: { size: 6, width: 0, fill: (_plot, series) => readColor(options.series[series - 1]?.color ?? "c1") },
        bind: {
          mousedown: (self, _target, select) => (event) => {
            panned = false;
            if (event.shiftKey && event.button === 0 && options.zoomable) {
              pan(self, event, (seconds) => {
                panned = true;
                options.onPan(seconds);
              });
            } else select(event);
            return null;
          },
          dblclick: () => () => {
            options.onReset();
            return null;
          },
        },
      },
      hooks: {
        drawClear: [
          (self) => drawGaps(self, options.state(), pattern),
          (self) => drawSpans(self, options.state()),
          (self) => drawMarkLines(self, options.state()),
        ],
        drawAxes: [
          (self) => {
            const { prepared } = options.state();
            prepared.bands.forEach((band, index) => {
              const color = readColor(options.series[index]?.color ?? "c1");
              if (band !== null) drawBand(self, prepared.times, band.min, band.max, withAlpha(color, 0.18));
            });
          },
        ],
        draw: [
          (self) => drawMark(self, options.state()),
          (self) => drawLimits(self, options.state()),
          (self) => drawMarkFlags(self, options.state()),
        ],
        setCursor: [options.onCursor],
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width > 0) options.onSelect(self.posToVal(left, "x"), self.posToVal(left + width, "x"));
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    [[], ...options.series.map(() => [])],
    target,
  );
  plot.over.style.touchAction = "pan-y";
  plot.over.addEventListener("click", (event) => {
    if (panned) return;
    const left = event.clientX - plot.over.getBoundingClientRect().left;
    options.onPick(plot.posToVal(left, "x"), AXIS_WIDTH + left);
  });
  return plot;
}
