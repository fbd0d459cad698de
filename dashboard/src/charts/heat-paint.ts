import { t } from "@lingui/core/macro";
import type { HeatLayout } from "@/lib/heat-layout";
import { NAMED_WIDTH } from "@/lib/heat-layout";
import { type HeatCell, type HeatScale, heatShare } from "@/lib/heat-scale";
import { formatValue } from "@/lib/units";
import { colorRamp, readColor, relativeLuminance } from "./palette";

/** From calm to hot, by the names of theme colours: each lighter (or darker) than the one before, so no hue is needed. */
export const HEAT_MAP_COLORS = ["h1", "h2", "h3", "h4"] as const;
const LEVELS = 64;
/** Below this luminance white text has more contrast than black; at it both have 4.6 to 1. */
const DARK = 0.18;

/** The theme's colours, read once for many pictures. */
export interface HeatInk {
  levels: readonly { fill: string; text: string }[];
  surface: string;
  away: string;
  unknown: string;
  mark: string;
  text: string;
}

export function heatInk(): HeatInk {
  const ramp = colorRamp(HEAT_MAP_COLORS.map(readColor), LEVELS);
  return {
    levels: ramp.map((fill) => ({ fill, text: relativeLuminance(fill) < DARK ? "#ffffff" : "#000000" })),
    surface: readColor("surface"),
    away: readColor("bad"),
    unknown: readColor("muted"),
    mark: readColor("bad"),
    text: readColor("text"),
  };
}

export interface HeatPicture {
  cells: readonly HeatCell[];
  layout: HeatLayout;
  scale: HeatScale;
  ink: HeatInk;
}

/** The pixels between two cells. */
export function cellGap({ size }: HeatLayout): number {
  return size.width > 20 ? 3 : size.width > 10 ? 2 : 1;
}

/** Draws all cells; one context unit is a CSS pixel. */
export function paintHeat(context: CanvasRenderingContext2D, { cells, layout, scale, ink }: HeatPicture): void {
  const { width, height } = layout.size;
  const gap = cellGap(layout);
  const [wide, high] = [width - gap, height - gap];
  context.font = `500 12px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = "top";
  cells.forEach((cell, at) => {
    const [left, top] = [layout.lefts[at] ?? 0, layout.tops[at] ?? 0];
    const level = cell.value === null ? undefined : ink.levels[Math.round(heatShare(cell.value, scale) * (LEVELS - 1))];
    if (level === undefined) hatch(context, left, top, wide, high, cell.state === "away" ? ink.away : ink.unknown);
    else {
      context.fillStyle = level.fill;
      context.fillRect(left, top, wide, high);
    }
    if (cell.marked) notch(context, left, top, wide, ink);
    if (width >= NAMED_WIDTH) name(context, cell, { left, top, wide, text: level?.text ?? ink.text, scale });
  });
}

/** A cell without a value: lines, as for a gap in a chart, so that it is never taken for zero. */
function hatch(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  wide: number,
  high: number,
  color: string,
) {
  context.save();
  context.beginPath();
  context.rect(left, top, wide, high);
  context.clip();
  context.strokeStyle = color;
  // A name is read through thinner lines.
  context.globalAlpha = wide > NAMED_WIDTH ? 0.25 : 0.55;
  context.lineWidth = 1;
  context.beginPath();
  const step = wide > 20 ? 6 : 4;
  for (let along = -high; along < wide; along += step) {
    context.moveTo(left + along, top + high);
    context.lineTo(left + along + high, top);
  }
  context.stroke();
  context.globalAlpha = 1;
  context.strokeRect(left + 0.5, top + 0.5, wide - 1, high - 1);
  context.restore();
}

/** A corner that says: an alert fires here. */
function notch(context: CanvasRenderingContext2D, left: number, top: number, wide: number, ink: HeatInk) {
  const size = Math.min(14, Math.max(5, wide * 0.4));
  context.beginPath();
  context.moveTo(left + wide - size, top);
  context.lineTo(left + wide, top);
  context.lineTo(left + wide, top + size);
  context.closePath();
  context.fillStyle = ink.mark;
  context.fill();
  context.strokeStyle = ink.surface;
  context.lineWidth = 1;
  context.stroke();
}

interface Label {
  left: number;
  top: number;
  wide: number;
  text: string;
  scale: HeatScale;
}

function name(context: CanvasRenderingContext2D, cell: HeatCell, { left, top, wide, text, scale }: Label) {
  context.fillStyle = text;
  context.fillText(shortened(context, cell.name, wide - 28), left + 9, top + 8);
  const value = cell.state === "away" ? t`away` : formatValue(cell.value, scale.unit);
  context.fillText(value, left + 9, top + 27);
}

function shortened(context: CanvasRenderingContext2D, text: string, most: number): string {
  if (context.measureText(text).width <= most) return text;
  let end = Math.min(text.length, 40);
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > most) end -= 1;
  return `${text.slice(0, end)}…`;
}
