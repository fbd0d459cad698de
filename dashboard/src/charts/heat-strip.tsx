import { type PointerEvent, useEffect, useEffectEvent, useRef } from "react";
import type { ChartFrame, ChartSource } from "@/lib/frame";
import { formatInstant } from "@/lib/time";
import { formatValue } from "@/lib/units";
import type { Crosshair } from "./crosshair";
import { colorRamp, onThemeChange, readColor } from "./palette";
import { AXIS_WIDTH } from "./plot";
import { nearestRow } from "./prepare";
import { placeTooltip } from "./readout";
import { cancelDraw, drawNextFrame } from "./scheduler";
import { useVisible } from "./use-visible";

const LEVELS = 64;
const RIGHT_PADDING = 12;
/** From idle to busy, by the names of theme colours. */
export const HEAT_COLORS = ["raised", "c1", "c5", "c4", "c7"] as const;

export interface HeatRow {
  key: string;
  label: string;
}

interface HeatStripProps {
  title: string;
  rows: readonly HeatRow[];
  source: ChartSource;
  crosshair: Crosshair;
  /** The share (0 to 1) that a sample means; the samples of `rows` may be its complement. */
  share: (sample: number) => number;
  /** Index of the row that is looked at more closely. */
  chosen: number | null;
  onChoose: (row: number) => void;
}

function rowHeight(count: number): number {
  return Math.max(5, Math.min(72, Math.floor(156 / Math.max(1, count))));
}

/** Shares of many equals (the cores of a machine) over time: one row each, the brighter the busier. */
export function HeatStrip({ title, rows, source, crosshair, share, chosen, onChoose }: HeatStripProps) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useRef<HTMLDivElement>(null);
  const tooltip = useRef<HTMLDivElement>(null);
  const frame = useRef<ChartFrame | null>(null);
  const ramp = useRef<string[]>([]);
  const stale = useRef(true);
  const thick = rowHeight(rows.length);
  const height = thick * rows.length;

  const draw = useEffectEvent(() => {
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (target == null || context == null) return;
    stale.current = false;
    const read = source.read(rows.map(({ key }) => key));
    frame.current = read;
    const ratio = window.devicePixelRatio;
    target.width = Math.round(target.clientWidth * ratio);
    target.height = Math.round(height * ratio);
    paint(context, read, { thick: thick * ratio, width: target.width, ramp: ramp.current, share });
  });
  const requestDraw = useRef(() => draw());
  const visible = useVisible(box, () => stale.current && drawNextFrame(requestDraw.current));

  const point = useEffectEvent((time: number | null) => {
    const [mark, target, read] = [cursor.current, canvas.current, frame.current];
    if (mark === null || target === null || read === null) return;
    mark.hidden = time === null || time < read.from || time > read.to;
    if (time !== null)
      mark.style.left = `${AXIS_WIDTH + ((time - read.from) / (read.to - read.from)) * target.clientWidth}px`;
    if (tooltip.current !== null && crosshair.source !== target) tooltip.current.hidden = true;
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: another set of rows is another picture, though draw reads it
  useEffect(() => {
    const redraw = requestDraw.current;
    const recolor = () => {
      ramp.current = colorRamp(HEAT_COLORS.map(readColor), LEVELS);
      drawNextFrame(redraw);
    };
    recolor();
    const changed = () => {
      stale.current = true;
      if (visible.current) drawNextFrame(redraw);
    };
    const size = new ResizeObserver(changed);
    if (box.current !== null) size.observe(box.current);
    const ends = [
      source.subscribe(changed),
      crosshair.subscribe(point),
      onThemeChange(recolor),
      () => size.disconnect(),
    ];
    return () => {
      for (const end of ends) end();
      cancelDraw(redraw);
    };
  }, [source, crosshair, rows]);

  const move = (event: PointerEvent<HTMLCanvasElement>) => {
    const read = frame.current;
    const tip = tooltip.current;
    const target = event.currentTarget;
    if (read === null || tip === null) return;
    const bounds = target.getBoundingClientRect();
    const x = event.clientX - bounds.left;
    const row = Math.min(rows.length - 1, Math.max(0, Math.floor((event.clientY - bounds.top) / thick)));
    const time = read.from + (x / bounds.width) * (read.to - read.from);
    crosshair.set(time, target);
    const sample = read.series[row]?.values[nearestRow(Array.from(read.times), time)] ?? Number.NaN;
    tip.hidden = false;
    tip.textContent = `${formatInstant(time, read.to - read.from)}  ${rows[row]?.label ?? ""}  ${formatValue(share(sample), "%")}`;
    placeTooltip(tip, AXIS_WIDTH + x, bounds.width + AXIS_WIDTH);
  };
  const leave = (event: PointerEvent<HTMLCanvasElement>) => {
    crosshair.set(null, event.currentTarget);
    if (tooltip.current !== null) tooltip.current.hidden = true;
  };
  const every = Math.ceil(14 / thick);
  return (
    <div
      ref={box}
      dir="ltr"
      className="relative"
      style={{ height, paddingLeft: AXIS_WIDTH, paddingRight: RIGHT_PADDING }}
    >
      <div
        aria-hidden
        className="absolute inset-y-0 start-0 text-end text-[11px] text-muted"
        style={{ width: AXIS_WIDTH - 8 }}
      >
        {rows.map((row, index) =>
          index % every === 0 ? (
            <span
              key={row.key}
              className={index === chosen ? "absolute end-0 font-semibold text-text" : "absolute end-0"}
              style={{ top: index * thick, lineHeight: `${thick}px` }}
            >
              {row.label}
            </span>
          ) : null,
        )}
      </div>
      <canvas
        ref={canvas}
        role="img"
        aria-label={title}
        className="block w-full cursor-crosshair rounded-sm"
        style={{ height, touchAction: "pan-y" }}
        onPointerMove={move}
        onPointerLeave={leave}
        onClick={(event) => {
          const y = event.clientY - event.currentTarget.getBoundingClientRect().top;
          onChoose(Math.min(rows.length - 1, Math.max(0, Math.floor(y / thick))));
        }}
      />
      <div ref={cursor} hidden className="pointer-events-none absolute inset-y-0 w-px bg-text" />
      <div
        ref={tooltip}
        hidden
        className="tnum pointer-events-none absolute -top-8 z-20 whitespace-pre rounded-md border border-edge bg-surface px-2 py-1 text-xs shadow-lg"
      />
    </div>
  );
}

interface Paint {
  thick: number;
  width: number;
  ramp: readonly string[];
  share: (sample: number) => number;
}

/** Each sample as a cell as wide as its step; where there is none, nothing is drawn. */
function paint(context: CanvasRenderingContext2D, frame: ChartFrame, { thick, width, ramp, share }: Paint): void {
  const scale = width / (frame.to - frame.from);
  const cell = Math.max(1, frame.step * scale);
  frame.series.forEach(({ values }, row) => {
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] ?? Number.NaN;
      const time = frame.times[index] ?? 0;
      if (Number.isNaN(value) || time < frame.from - frame.step || time > frame.to) continue;
      const level = Math.round(Math.min(1, Math.max(0, share(value))) * (ramp.length - 1));
      context.fillStyle = ramp[level] ?? "";
      context.fillRect(Math.floor((time - frame.from) * scale - cell), row * thick, Math.ceil(cell) + 0.5, thick - 1);
    }
  });
}
