import { t } from "@lingui/core/macro";
import { type KeyboardEvent, useEffect, useEffectEvent, useImperativeHandle, useMemo, useRef, useState } from "react";
import type uPlot from "uplot";
import { formatCount } from "@/lib/language";
import { formatInstant } from "@/lib/time";
import { Announcer } from "./announcer";
import { ChartFrame } from "./chart-frame";
import { CHART_HEIGHT, type ChartProps, EMPTY } from "./chart-props";
import { keyAct } from "./keys";
import { Legend } from "./legend";
import { MomentOffer } from "./moment-offer";
import { onThemeChange } from "./palette";
import { AXIS_WIDTH, createPlot, type PlotState } from "./plot";
import { prepare } from "./prepare";
import { placeTooltip, readingOf, rowAt, writeLegend, writeTooltip } from "./readout";
import { Room } from "./room";
import { cancelDraw, drawNextFrame } from "./scheduler";
import { useVisible } from "./use-visible";

export type { ChartProps, MomentAction } from "./chart-props";

const NONE: readonly never[] = [];
const HELP = t`Left and right read the values, with Shift they move through time. Plus and minus zoom, Escape goes back to the start.`;

/** One chart: the wrapper of uPlot that every page uses. Data goes past React, from the source to the canvas. */
export function Chart(props: ChartProps) {
  const {
    title,
    unit,
    series,
    log = false,
    mirrored = NONE,
    fixedTop = null,
    source,
    crosshair,
    height = CHART_HEIGHT,
    aside,
  } = props;
  const { marked = null, action = null, spans = NONE, stepped = false, limits = NONE, marks = NONE } = props;
  const mode = log ? "line" : props.mode;
  const zoomable = props.onZoom !== undefined;
  const host = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const tooltip = useRef<HTMLDivElement>(null);
  const note = useRef<HTMLParagraphElement>(null);
  const spoken = useRef<HTMLParagraphElement>(null);
  const [announcer] = useState(() => new Announcer(() => spoken.current));
  const panned = useRef(0);
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
    const downwards = new Set(log ? NONE : mirrored);
    const prepared = prepare(frame, { mode, hidden, mirrored: downwards, log });
    const { step, gaps } = frame;
    const [from, to] = [frame.from + panned.current, frame.to + panned.current];
    state.current = { prepared, from, to, step, gaps, hidden, mirrored: downwards, marked, spans, limits, marks };
    plot.current.setData([prepared.times, ...prepared.drawn]);
    if (note.current !== null) {
      const { undrawn } = prepared;
      note.current.textContent = undrawn === 0 ? "" : t`Not drawn: ${{ count: formatCount(undrawn) }} at zero or below`;
    }
    readOut();
  });
  const requestDraw = useRef(() => draw());
  const build = useRef<() => void>(() => undefined);
  const visible = useVisible(host, () => {
    if (plot.current === null) build.current();
    else if (stale.current) drawNextFrame(requestDraw.current);
  });

  const zoom = useEffectEvent((from: number, to: number) => props.onZoom?.(from, to));
  const reset = useEffectEvent(() => {
    setPicked(null);
    props.onReset?.();
  });
  const pan = useEffectEvent((seconds: number | null) => {
    if (seconds !== null) panned.current = seconds;
    else if (panned.current !== 0) {
      // The pointer may have gone on since the last frame.
      requestDraw.current();
      const { from, to } = state.current;
      panned.current = 0;
      props.onZoom?.(from, to);
    }
    drawNextFrame(requestDraw.current);
  });
  const pick = useEffectEvent((time: number, left: number) => {
    if (action?.offer === null) action.run(time);
    else if (action !== null) setPicked({ time, left });
  });
  const moveCursor = useEffectEvent((self: uPlot) => {
    // A chart that only shows the crosshair of another draws anew, too: that does not make it its own.
    const { left, event } = self.cursor;
    if (crosshair.source !== self && (event?.type ?? "mouseleave") === "mouseleave") return;
    const inside = left !== undefined && left >= 0;
    if (inside) crosshair.set(self.posToVal(left, "x"), self);
    else if (crosshair.source === self) crosshair.set(null, self);
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: keys and hidden decide what was built, though draw reads them
  useEffect(() => {
    const target = host.current;
    if (target === null) return;
    const redraw = requestDraw.current;
    const room = new Room(target, height, () => plot.current?.setSize(room.size));
    build.current = () => {
      plot.current?.destroy();
      state.current = { ...state.current, hidden };
      plot.current = createPlot(
        {
          ...room.size,
          mode,
          unit,
          fixedTop,
          log,
          stepped,
          zoomable,
          series,
          state: () => state.current,
          onCursor: (self) => moveCursor(self),
          onSelect: (from, to) => zoom(from, to),
          onReset: () => reset(),
          onPan: (seconds) => pan(seconds),
          onPick: (time, left) => pick(time, left),
        },
        target,
      );
      drawNextFrame(redraw);
    };
    // Out of sight it costs nothing yet.
    if (visible.current) build.current();
    const rebuild = () => plot.current !== null && build.current();
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
    const ends = [source.subscribe(changed), crosshair.subscribe(point), onThemeChange(rebuild), () => room.stop()];
    return () => {
      for (const end of ends) end();
      cancelDraw(redraw);
      announcer.stop();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [source, crosshair, announcer, mode, log, unit, fixedTop, stepped, zoomable, spans, series, height, hidden, keys]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: marks are drawn by draw, which reads the newest ones
  useEffect(() => {
    if (visible.current) drawNextFrame(requestDraw.current);
    else stale.current = true;
  }, [marked, marks, visible]);

  useImperativeHandle(
    props.ref,
    () => ({
      snapshot: () => {
        if (plot.current === null) build.current();
        if (stale.current) requestDraw.current();
        const canvas = plot.current?.ctx.canvas;
        return canvas === undefined ? null : { title, unit, series, log, state: state.current, canvas };
      },
    }),
    [title, unit, series, log],
  );

  const press = (event: KeyboardEvent) => {
    const self = plot.current;
    if (self === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const { from, to, prepared } = state.current;
    const at = crosshair.time;
    const act = keyAct(event.key, event.shiftKey, { from, to, times: prepared.times, at }, zoomable);
    if (act.kind === "none") return;
    event.preventDefault();
    if (act.kind === "window") props.onZoom?.(act.window.from, act.window.to);
    const time = act.kind === "point" ? act.time : null;
    if (act.kind === "reset") reset();
    self.setCursor({ left: time === null ? -10 : self.valToPos(time, "x"), top: 0 }, false);
    crosshair.set(time, self);
    if (time === null) return;
    announcer.say(readingOf({ series, state: state.current, row: rowAt(state.current, time), time, unit }));
  };

  return (
    <ChartFrame title={title} height={height} log={log} aside={aside}>
      {props.legend !== false && (
        <Legend ref={legend} series={series} unit={unit} hidden={hidden} onChange={setHidden} />
      )}
      {log && <p ref={note} className="truncate px-3.5 pb-1 text-2xs text-muted" />}
      <div dir="ltr" className="relative min-h-0 flex-1" style={height === "fill" ? {} : { height }}>
        <div
          ref={host}
          role="application"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: keys read and move the chart
          tabIndex={0}
          aria-roledescription={t`chart`}
          aria-label={title}
          aria-description={zoomable ? HELP : t`Left and right read the values.`}
          className="size-full rounded-md -outline-offset-2"
          onKeyDown={press}
          onBlur={() => plot.current !== null && crosshair.source === plot.current && crosshair.set(null, plot.current)}
        />
        <p ref={spoken} aria-live="polite" className="sr-only" />
        <div
          ref={tooltip}
          hidden
          className="pointer-events-none absolute top-1 z-20 max-w-72 min-w-36 rounded-md border border-edge bg-surface px-2.5 py-1.5 text-xs shadow-lg"
        />
        {picked !== null && action?.offer != null && (
          <MomentOffer
            label={action.offer(formatInstant(picked.time, state.current.to - state.current.from))}
            left={picked.left}
            onChoose={() => action.run(picked.time)}
            onClose={() => setPicked(null)}
          />
        )}
      </div>
    </ChartFrame>
  );
}
