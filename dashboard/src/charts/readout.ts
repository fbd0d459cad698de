import { t } from "@lingui/core/macro";
import { marksAt } from "@/lib/marks";
import { describeGap, type Gap } from "@/lib/series";
import { formatInstant } from "@/lib/time";
import { type DisplayUnit, formatValue } from "@/lib/units";
import type { PlotSeries, PlotState } from "./plot";
import { rowNear } from "./prepare";

const MAX_TOOLTIP_ROWS = 12;
/** As much as can be listened to. */
const MAX_SPOKEN = 6;

/** The row to read off: at the crosshair, or the newest when it is away. -1 when there is nothing. */
export function rowAt(state: PlotState, time: number | null): number {
  const { times, raw } = state.prepared;
  if (time !== null) return rowNear(times, time, Math.max(state.step * 1.5, (state.to - state.from) / 200));
  for (let row = times.length - 1; row >= 0; row -= 1) {
    if (raw.some((values) => values[row] != null)) return row;
  }
  return -1;
}

/** Writes the values of a row into the legend; past React, because it happens with every move of the pointer. */
export function writeLegend(
  legend: HTMLElement,
  series: readonly PlotSeries[],
  state: PlotState,
  row: number,
  unit: DisplayUnit,
): void {
  const cells = legend.querySelectorAll<HTMLElement>("[data-value]");
  series.forEach((_, index) => {
    const cell = cells[index];
    const text = formatValue(row === -1 ? null : state.prepared.raw[index]?.[row], unit);
    if (cell !== undefined && cell.textContent !== text) cell.textContent = text;
  });
}

function line(name: string, value: string, color?: string): HTMLElement {
  const element = document.createElement("div");
  element.className = "flex items-center gap-2";
  const mark = document.createElement("span");
  mark.className = "size-2 shrink-0 rounded-[2px]";
  if (color !== undefined) mark.style.background = `var(--${color})`;
  const label = document.createElement("span");
  label.className = "flex-1 truncate";
  label.textContent = name;
  const figure = document.createElement("span");
  figure.className = "tnum ps-3 font-medium";
  figure.textContent = value;
  element.append(mark, label, figure);
  return element;
}

export interface TooltipContent {
  series: readonly PlotSeries[];
  state: PlotState;
  row: number;
  time: number;
  unit: DisplayUnit;
  /** Adds a line with the sum. */
  total: boolean;
}

/** The series that are shown, with their values in a row, from the largest down. */
function largestFirst(series: readonly PlotSeries[], state: PlotState, row: number) {
  return series
    .map((one, index) => ({ ...one, value: state.prepared.raw[index]?.[row] ?? null }))
    .filter(({ key }) => !state.hidden.has(key))
    .sort((one, other) => (other.value ?? Number.NEGATIVE_INFINITY) - (one.value ?? Number.NEGATIVE_INFINITY));
}

function gapAt(gaps: readonly Gap[], time: number): Gap | undefined {
  return gaps.find((gap) => time >= gap.from && time <= gap.to);
}

/** How near to a mark a moment is told of it, as a share of the window: a few pixels. */
const NEAR_SHARE = 0.012;

/** What was done at a moment. */
function doneAt({ marks, from, to }: PlotState, time: number): HTMLElement[] {
  return marksAt(marks, time, (to - from) * NEAR_SHARE).map(({ title, text, color }) => line(title, text, color));
}

/** Fills the tooltip: the moment, then the values from the largest down, or why there are none. */
export function writeTooltip(tooltip: HTMLElement, { series, state, row, time, unit, total }: TooltipContent): void {
  const head = document.createElement("div");
  head.className = "tnum mb-1 text-muted";
  const gap = gapAt(state.gaps, time);
  const at = gap === undefined ? (state.prepared.times[row] ?? time) : time;
  head.textContent = formatInstant(at, state.to - state.from);
  if (gap !== undefined || row === -1) {
    const reason = document.createElement("div");
    reason.textContent = describeGap(gap);
    tooltip.replaceChildren(head, ...doneAt(state, time), reason);
    return;
  }
  const rows = largestFirst(series, state, row);
  const lines = rows
    .slice(0, MAX_TOOLTIP_ROWS)
    .map(({ label, value, color }) => line(label, formatValue(value, unit), color));
  if (rows.length > MAX_TOOLTIP_ROWS) lines.push(line(t`and ${{ more: rows.length - MAX_TOOLTIP_ROWS }} more`, ""));
  if (total && rows.length > 1) {
    const sum = rows.reduce((all, { value }) => all + (value ?? 0), 0);
    lines.push(
      line(t`Total`, rows.every(({ value }) => value === null) ? formatValue(null, unit) : formatValue(sum, unit)),
    );
  }
  tooltip.replaceChildren(head, ...doneAt(state, time), ...lines);
}

/** A row in words, for who hears it: the moment, then the largest values. */
export function readingOf({ series, state, row, time, unit }: Omit<TooltipContent, "total">): string {
  const at = formatInstant(state.prepared.times[row] ?? time, state.to - state.from);
  const gap = gapAt(state.gaps, time);
  if (gap !== undefined || row === -1) return `${at}: ${describeGap(gap)}`;
  const rows = largestFirst(series, state, row);
  const words = rows.slice(0, MAX_SPOKEN).map(({ label, value }) => `${label} ${formatValue(value, unit)}`);
  if (rows.length > MAX_SPOKEN) words.push(t`and ${{ more: rows.length - MAX_SPOKEN }} more`);
  return `${at}: ${words.join(", ")}`;
}

/** Places the tooltip beside the pointer, on the side where there is room. Pixels within `width`. */
export function placeTooltip(tooltip: HTMLElement, left: number, width: number): void {
  const own = tooltip.offsetWidth;
  const right = left + 14;
  tooltip.style.left = `${right + own <= width ? right : Math.max(0, left - own - 14)}px`;
}
