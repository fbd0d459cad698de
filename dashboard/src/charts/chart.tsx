import { type ReactNode, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import type uPlot from "uplot";
import type { ChartSource } from "@/lib/frame";
import type { TimeMark } from "@/lib/marks";
import { formatInstant } from "@/lib/time";
import type { DisplayUnit } from "@/lib/units";
import type { Crosshair } from "./crosshair";
import { Legend } from "./legend";
import { MomentOffer } from "./moment-offer";
import { onThemeChange } from "./palette";
import { AXIS_WIDTH, createPlot, type Limit, type PlotSeries, type PlotState, type Span } from "./plot";
import { type ChartMode, prepare } from "./prepare";
import { placeTooltip, rowAt, writeLegend, writeTooltip } from "./readout";
import { cancelDraw, drawNextFrame } from "./scheduler";
import { useVisible } from "./use-visible";

/** What pressing a moment of a chart leads to. */
export interface MomentAction {
  /** What a button offers first, to be followed by the moment; null: it happens at once. */
  offer: string | null;
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
  source: ChartSource;
  crosshair: Crosshair;
  height?: number;
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
  onZoom: (from: number, to: number) => void;
  onReset: () => void;
}

const EMPTY: PlotState = {
  prepared: { times: [], drawn: [], raw: [], bands: [], low: 0, high: 0 },
  from: 0,
  to: 1,
  step: 1,
  gaps: [],
  hidden: new Set(),
  marked: null,
  spans: [],
  limits: [],
  marks: [],
};
const NONE: readonly string[] = [];
const NO_SPANS: readonly Span[] = [];
const NO_LIMITS: readonly Limit[] = [];
const NO_MARKS: readonly TimeMark[] = [];

/** One chart: the wrapper of uPlot that every page uses. Data goes past React, from the source to the canvas. */
export function Chart(props: ChartProps) {
  const { title, unit, mode, series, mirrored = NONE, fixedTop = null, source, crosshair, height = 176, aside } = props;
  const { marked = null, action = null, spans = NO_SPANS, stepped = false, limits = NO_LIMITS } = props;
  const { marks = NO_MARKS } = props;
  const host = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const tooltip = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const state = useRef<PlotState>(EMPTY);
  const stale = useRef(true);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => new Set());
  const [picked, setPicked] = useState<{ time: number; left: number } | null>(null);
  const keys = useMemo(() => series.map(({ key }) => key), [series]);

  const readOut = useEffectEvent(() => {
    const row = rowAt(state.current, crosshair.time);
    if (legend.current !== null) writeLegend(legend.current, series, state.current, row, unit);
    const tip = tooltip.current;
    if (tip === null || plot.current === null) return;
    const time = crosshair.time;
    const mine = time !== null && crosshair.source === plot.current;
    tip.hidden = !mine;
    if (!mine) return;
    writeTooltip(tip, { series, state: state.current, row, time, unit, total: mode === "stack" });
    placeTooltip(tip, AXIS_WIDTH + plot.current.valToPos(time, "x"), plot.current.width);
  });

  const draw = useEffectEvent(() => {
    if (plot.current === null) return;
    stale.current = false;
    const frame = source.read(keys);
    const prepared = prepare(frame, { mode, hidden, mirrored: new Set(mirrored) });
    const { from, to, step, gaps } = frame;
    state.current = { prepared, from, to, step, gaps, hidden, marked, spans, limits, marks };
    plot.current.setData([prepared.times, ...prepared.drawn]);
    readOut();
  });
  const requestDraw = useRef(() => draw());
  const visible = useVisible(host, () => stale.current && drawNextFrame(requestDraw.current));

  const zoom = useEffectEvent(props.onZoom);
  const reset = useEffectEvent(() => {
    setPicked(null);
    props.onReset();
  });
  const pick = useEffectEvent((time: number, left: number) => {
    if (action?.offer === null) action.run(time);
    else if (action !== null) setPicked({ time, left });
  });
  const moveCursor = useEffectEvent((self: uPlot) => {
    const { left } = self.cursor;
    const inside = left !== undefined && left >= 0;
    if (inside) crosshair.set(self.posToVal(left, "x"), self);
    else if (crosshair.source === self) crosshair.set(null, self);
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: keys and hidden decide what was built, though draw reads them
  useEffect(() => {
    const target = host.current;
    if (target === null) return;
    const redraw = requestDraw.current;
    const build = () => {
      plot.current?.destroy();
      state.current = { ...state.current, hidden };
      plot.current = createPlot(
        {
          width: target.clientWidth,
          height,
          mode,
          unit,
          fixedTop,
          stepped,
          series,
          state: () => state.current,
          onCursor: (self) => moveCursor(self),
          onSelect: (from, to) => zoom(from, to),
          onReset: () => reset(),
          onPick: (time, left) => pick(time, left),
        },
        target,
      );
      drawNextFrame(redraw);
    };
    build();
    const changed = () => {
      stale.current = true;
      if (visible.current) drawNextFrame(redraw);
    };
    const point = (time: number | null, from: object) => {
      const self = plot.current;
      if (self === null || !visible.current) return;
      if (from !== self) self.setCursor({ left: time === null ? -10 : self.valToPos(time, "x"), top: 0 }, false);
      readOut();
    };
    const size = new ResizeObserver(() => plot.current?.setSize({ width: target.clientWidth, height }));
    size.observe(target);
    const ends = [source.subscribe(changed), crosshair.subscribe(point), onThemeChange(build), () => size.disconnect()];
    return () => {
      for (const end of ends) end();
      cancelDraw(redraw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [source, crosshair, mode, unit, fixedTop, stepped, spans, series, height, hidden, keys]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: marks are drawn by draw, which reads the newest ones
  useEffect(() => {
    if (visible.current) drawNextFrame(requestDraw.current);
    else stale.current = true;
  }, [marked, marks, visible]);

  return (
    <figure className="card relative min-w-0" aria-label={title}>
      <figcaption className="flex min-h-9 items-center gap-2 px-3.5 pt-1.5">
        <h3 className="min-w-0 flex-1 truncate font-medium">{title}</h3>
        {aside}
      </figcaption>
      {props.legend !== false && <Legend ref={legend} series={series} hidden={hidden} onChange={setHidden} />}
      <div className="relative" style={{ height }}>
        <div ref={host} className="w-full" />
        <div
          ref={tooltip}
          hidden
          className="pointer-events-none absolute top-1 z-20 max-w-72 min-w-36 rounded-md border border-edge bg-surface px-2.5 py-1.5 text-xs shadow-lg"
        />
        {picked !== null && action?.offer != null && (
          <MomentOffer
            label={`${action.offer} ${formatInstant(picked.time, state.current.to - state.current.from)}`}
            left={picked.left}
            onChoose={() => action.run(picked.time)}
            onClose={() => setPicked(null)}
          />
        )}
      </div>
    </figure>
  );
}
