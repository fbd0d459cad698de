import uPlot from "uplot";
import type { TimeMark } from "@/lib/marks";
import type { Gap } from "@/lib/series";
import { formatTick } from "@/lib/time";
import { type DisplayUnit, formatAxisValue } from "@/lib/units";
import { readColor, type SeriesColor, withAlpha } from "./palette";
import { type ChartMode, type Prepared, valueRange } from "./prepare";

/** Width of the value axis in CSS pixels: the same everywhere, so that moments line up between charts. */
export const AXIS_WIDTH = 68;
const AXIS_HEIGHT = 26;
const FONT = '11px "Inter Variable", ui-sans-serif, system-ui, sans-serif';

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
  /** Values hold until the next point, instead of changing evenly towards it. */
  stepped: boolean;
  series: readonly PlotSeries[];
  state: () => PlotState;
  onCursor: (plot: uPlot) => void;
  onSelect: (from: number, to: number) => void;
  onReset: () => void;
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

function hatch(color: string): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = 8;
  tile.height = 8;
  const context = tile.getContext("2d");
  if (context === null) return null;
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.beginPath();
  for (const shift of [-4, 4, 12]) {
    context.moveTo(shift - 4, 8);
    context.lineTo(shift + 4, 0);
  }
  context.stroke();
  return context.createPattern(tile, "repeat");
}

function drawGaps(plot: uPlot, state: PlotState, pattern: CanvasPattern | null): void {
  const { left, top, width, height } = plot.bbox;
  for (const gap of state.gaps) {
    if (gap.to < state.from || gap.from > state.to) continue;
    const start = Math.max(left, plot.valToPos(gap.from, "x", true));
    const end = Math.min(left + width, plot.valToPos(gap.to, "x", true));
    plot.ctx.fillStyle = pattern ?? "transparent";
    plot.ctx.fillRect(start, top, Math.max(1, end - start), height);
  }
}

function drawSpans(plot: uPlot, { spans, from, to }: PlotState): void {
  const { left, top, width, height } = plot.bbox;
  for (const span of spans) {
    if (span.to < from || span.from > to) continue;
    const start = Math.max(left, plot.valToPos(span.from, "x", true));
    const end = Math.min(left + width, plot.valToPos(span.to, "x", true));
    plot.ctx.fillStyle = withAlpha(readColor(span.color), 0.16);
    // A short time on a long axis must be seen, too.
    plot.ctx.fillRect(start, top, Math.max(2 * window.devicePixelRatio, end - start), height);
  }
}

function drawBand(
  plot: uPlot,
  times: readonly number[],
  min: (number | null)[],
  max: (number | null)[],
  color: string,
): void {
  const { ctx } = plot;
  ctx.fillStyle = color;
  let start = -1;
  for (let row = 0; row <= times.length; row += 1) {
    const present = row < times.length && min[row] != null && max[row] != null;
    if (present && start === -1) start = row;
    if (present || start === -1) continue;
    ctx.beginPath();
    for (let at = start; at < row; at += 1)
      ctx.lineTo(plot.valToPos(times[at] ?? 0, "x", true), plot.valToPos(max[at] ?? 0, "y", true));
    for (let at = row - 1; at >= start; at -= 1)
      ctx.lineTo(plot.valToPos(times[at] ?? 0, "x", true), plot.valToPos(min[at] ?? 0, "y", true));
    ctx.fill();
    start = -1;
  }
}

function drawMark(plot: uPlot, { marked, from, to }: PlotState): void {
  if (marked === null || marked < from || marked > to) return;
  const { ctx } = plot;
  const { top, height } = plot.bbox;
  const pixel = window.devicePixelRatio;
  const x = plot.valToPos(marked, "x", true);
  ctx.fillStyle = readColor("accent");
  ctx.fillRect(x - pixel, top, 2 * pixel, height);
  ctx.beginPath();
  ctx.moveTo(x - 6 * pixel, top - 2 * pixel);
  ctx.lineTo(x + 6 * pixel, top - 2 * pixel);
  ctx.lineTo(x, top + 7 * pixel);
  ctx.fill();
}

/** Faint lines behind the data, so that nothing of it is covered. */
function drawMarkLines(plot: uPlot, { marks, from, to }: PlotState): void {
  const { top, height } = plot.bbox;
  for (const { at, color } of marks) {
    if (at < from || at > to) continue;
    plot.ctx.fillStyle = withAlpha(readColor(color), 0.45);
    plot.ctx.fillRect(plot.valToPos(at, "x", true), top, window.devicePixelRatio, height);
  }
}

/** A flag above the plot for each, with a bar for as long as it took. */
function drawMarkFlags(plot: uPlot, { marks, from, to }: PlotState): void {
  const { ctx } = plot;
  const { left, top, width } = plot.bbox;
  const pixel = window.devicePixelRatio;
  for (const { at, until, color } of marks) {
    if (at > to || Math.max(at, until ?? to) < from) continue;
    const x = plot.valToPos(at, "x", true);
    const end = Math.min(left + width, plot.valToPos(until ?? to, "x", true));
    ctx.fillStyle = readColor(color);
    ctx.fillRect(Math.max(left, x), top - 2.5 * pixel, Math.max(0, end - Math.max(left, x)), 2 * pixel);
    if (at < from) continue;
    ctx.beginPath();
    ctx.moveTo(x - 4.5 * pixel, top - 8 * pixel);
    ctx.lineTo(x + 4.5 * pixel, top - 8 * pixel);
    ctx.lineTo(x, top - pixel);
    ctx.fill();
  }
}

function drawLimits(plot: uPlot, { limits }: PlotState): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const pixel = window.devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = readColor("bad");
  ctx.fillStyle = readColor("bad");
  ctx.lineWidth = 1.25 * pixel;
  ctx.font = FONT.replace("11px", `${11 * pixel}px`);
  ctx.textAlign = "right";
  for (const { value, label } of limits) {
    const y = plot.valToPos(value, "y", true);
    if (y < top || y > top + height) continue;
    ctx.setLineDash([5 * pixel, 4 * pixel]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
    // Above the line, unless that is outside of the plot.
    const above = y - top > 18 * pixel;
    ctx.textBaseline = above ? "bottom" : "top";
    ctx.fillText(label, left + width - 4 * pixel, y + (above ? -3 : 3) * pixel);
  }
  ctx.restore();
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

/** The only place that knows how uPlot is set up. */
export function createPlot(options: PlotOptions, target: HTMLElement): uPlot {
  const pattern = hatch(readColor("edge"));
  const bands =
    options.mode === "stack"
      ? options.series.slice(1).map((_, index) => ({ series: [index + 2, index + 1] as [number, number] }))
      : [];
  const plot = new uPlot(
    {
      width: options.width,
      height: options.height,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      series: [{}, ...seriesOptions(options)],
      bands,
      axes: axes(options),
      scales: {
        x: { time: true, range: () => [options.state().from, options.state().to] },
        y: {
          range: () => {
            const { prepared, limits } = options.state();
            const values = limits.map(({ value }) => value);
            const low = Math.min(prepared.low, ...values);
            const high = Math.max(prepared.high, ...values);
            return valueRange(low, high, options.unit, options.fixedTop);
          },
        },
      },
      cursor: {
        y: false,
        hover: { prox: 12 },
        drag: { x: true, y: false, setScale: false, dist: 6 },
        points: { size: 6, width: 0, fill: (_plot, series) => readColor(options.series[series - 1]?.color ?? "c1") },
        bind: {
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
    const left = event.clientX - plot.over.getBoundingClientRect().left;
    options.onPick(plot.posToVal(left, "x"), AXIS_WIDTH + left);
  });
  return plot;
}
