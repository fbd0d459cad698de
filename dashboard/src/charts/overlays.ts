// What is drawn over and under the lines of a plot.
import type uPlot from "uplot";
import { readColor, withAlpha } from "./palette";
import { FONT, type PlotState } from "./plot";

/** Slanted lines for stretches without data. */
export function hatch(color: string): CanvasPattern | null {
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

/** Stretches that are known to have no data. */
export function drawGaps(plot: uPlot, state: PlotState, pattern: CanvasPattern | null): void {
  const { left, top, width, height } = plot.bbox;
  for (const gap of state.gaps) {
    if (gap.to < state.from || gap.from > state.to) continue;
    const start = Math.max(left, plot.valToPos(gap.from, "x", true));
    const end = Math.min(left + width, plot.valToPos(gap.to, "x", true));
    plot.ctx.fillStyle = pattern ?? "transparent";
    plot.ctx.fillRect(start, top, Math.max(1, end - start), height);
  }
}

/** Stretches of time that stand out. */
export function drawSpans(plot: uPlot, { spans, from, to }: PlotState): void {
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

/** From the lowest to the highest sample within each point. */
export function drawBand(
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

/** The moment that is looked at. */
export function drawMark(plot: uPlot, { marked, from, to }: PlotState): void {
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
export function drawMarkLines(plot: uPlot, { marks, from, to }: PlotState): void {
  const { top, height } = plot.bbox;
  for (const { at, color } of marks) {
    if (at < from || at > to) continue;
    plot.ctx.fillStyle = withAlpha(readColor(color), 0.45);
    plot.ctx.fillRect(plot.valToPos(at, "x", true), top, window.devicePixelRatio, height);
  }
}

/** A flag above the plot for each, with a bar for as long as it took. */
export function drawMarkFlags(plot: uPlot, { marks, from, to }: PlotState): void {
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

/** Values to hold the others against, with their names. */
export function drawLimits(plot: uPlot, { limits }: PlotState): void {
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
    // Not beyond the axis, and on a logarithmic one not at zero or below.
    if (!(y >= top && y <= top + height)) continue;
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
