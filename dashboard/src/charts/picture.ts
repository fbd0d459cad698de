// A chart as a picture that can stand alone: with its title, its names, its unit and its time.
import { t } from "@lingui/core/macro";
import { formatMoment, zoneName } from "@/lib/time";
import { isForeignZone } from "@/lib/zone";
import { readColor } from "./palette";
import type { ChartSnapshot } from "./snapshot";

const PADDING = 16;
const LINE = 20;
const FAMILY = '"Inter Variable", ui-sans-serif, system-ui, sans-serif';

interface Entry {
  label: string;
  color: string;
  left: number;
  row: number;
}

/** Places the names of the series in rows, as wide as the picture. */
function legendOf(context: CanvasRenderingContext2D, { series, state }: ChartSnapshot, width: number): Entry[] {
  let left = PADDING;
  let row = 0;
  return series
    .filter(({ key }) => !state.hidden.has(key))
    .map(({ label, color }) => {
      const wide = context.measureText(label).width + 30;
      if (left > PADDING && left + wide > width - PADDING) {
        left = PADDING;
        row += 1;
      }
      const entry = { label, color: readColor(color), left, row };
      left += wide;
      return entry;
    });
}

/** Draws the chart with what says what it shows, on the theme's background. */
export function pictureOf(snapshot: ChartSnapshot): Promise<Blob> {
  const { canvas: plot, title } = snapshot;
  const ratio = window.devicePixelRatio;
  const width = plot.width / ratio + 2 * PADDING;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (context === null) return Promise.reject(new Error(t`this browser draws no pictures`));
  context.font = `12px ${FAMILY}`;
  const entries = legendOf(context, snapshot, width);
  const legendTop = PADDING + 2 * LINE + 8;
  const plotTop = legendTop + ((entries.at(-1)?.row ?? 0) + 1) * LINE;
  const height = plotTop + plot.height / ratio + PADDING;
  // Setting its size takes back everything that was set before.
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);
  context.fillStyle = readColor("surface");
  context.fillRect(0, 0, width, height);
  context.textBaseline = "top";
  context.fillStyle = readColor("text");
  context.font = `600 15px ${FAMILY}`;
  context.fillText(title, PADDING, PADDING, width - 2 * PADDING);
  context.fillStyle = readColor("muted");
  context.font = `12px ${FAMILY}`;
  context.fillText(subtitleOf(snapshot), PADDING, PADDING + LINE + 2, width - 2 * PADDING);
  for (const { label, color, left, row } of entries) {
    const top = legendTop + row * LINE;
    context.fillStyle = color;
    context.fillRect(left, top + 2, 9, 9);
    context.fillStyle = readColor("text");
    context.fillText(label, left + 14, top);
  }
  context.drawImage(plot, PADDING, plotTop, plot.width / ratio, plot.height / ratio);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error(t`this browser makes no PNG`)) : resolve(blob)),
      "image/png",
    );
  });
}

/** The time, in which zone, the unit, and what else has to be known. */
function subtitleOf({ state, unit, log }: ChartSnapshot): string {
  const zone = isForeignZone() ? "" : ` ${zoneName(state.to)}`;
  const parts = [`${formatMoment(state.from)} – ${formatMoment(state.to)}${zone}`];
  if (unit !== "1" && unit !== "") parts.push(t`in ${unit}`);
  if (log) parts.push(t`logarithmic`);
  return parts.join("   ·   ");
}
