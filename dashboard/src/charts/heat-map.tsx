import { t } from "@lingui/core/macro";
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
} from "react";
import { cellAfter, cellAt, type HeatLayout, heatLayout } from "@/lib/heat-layout";
import type { HeatCell, HeatScale } from "@/lib/heat-scale";
import { formatCount } from "@/lib/language";
import { cellGap, type HeatInk, heatInk, paintHeat } from "./heat-paint";
import { onThemeChange } from "./palette";
import { cancelDraw, drawNextFrame } from "./scheduler";

const WANTED_HEIGHT = 500;
/** Smaller cells than this are missed by a finger. */
const FINGER = 44;
/** Room for the ring around a cell at the edge. */
const EDGE = 2;

export interface HeatMapGroup {
  title: string;
  cells: readonly HeatCell[];
}

interface HeatMapProps {
  label: string;
  groups: readonly HeatMapGroup[];
  /** Whether groups have titles; without them there is one. */
  titles: boolean;
  scale: HeatScale;
  /** A cell in words, for who points at it or hears it. */
  inWords: (cell: HeatCell) => string;
  /** What a chosen cell leads to; null for nothing. */
  onOpen: ((id: number) => void) | null;
  /** Cells shrink until the map is about this high; beyond that it grows. */
  wantedHeight?: number;
}

/** One cell for each of many, coloured by a value: what is odd among ten thousand is seen at once. */
export function HeatMap(props: HeatMapProps) {
  const { label, groups, titles, scale, inWords, onOpen, wantedHeight = WANTED_HEIGHT } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const ink = useRef<HeatInk | null>(null);
  const [width, setWidth] = useState(0);
  const [pointed, setPointed] = useState<number | null>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const cells = useMemo(() => groups.flatMap((group) => group.cells), [groups]);
  // Values change each second, places rarely.
  const counts = groups.map((group) => group.cells.length).join(" ");
  const layout = useMemo(
    () => heatLayout(counts.split(" ").map(Number), Math.max(1, width - 2 * EDGE), wantedHeight, titles),
    [counts, width, wantedHeight, titles],
  );
  const chosen = pointed ?? focused;
  const cell = chosen === null ? undefined : cells[chosen];

  const draw = useEffectEvent(() => {
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (target == null || context == null || width === 0) return;
    const ratio = window.devicePixelRatio;
    target.width = Math.round(width * ratio);
    target.height = Math.round((layout.height + 2 * EDGE) * ratio);
    context.setTransform(ratio, 0, 0, ratio, EDGE * ratio, EDGE * ratio);
    ink.current ??= heatInk();
    paintHeat(context, { cells, layout, scale, ink: ink.current });
  });
  const requestDraw = useRef(() => draw());

  // biome-ignore lint/correctness/useExhaustiveDependencies: what draw reads makes another picture
  useEffect(() => drawNextFrame(requestDraw.current), [cells, layout, scale, width]);
  useEffect(() => {
    const redraw = requestDraw.current;
    const size = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (canvas.current !== null) size.observe(canvas.current);
    const end = onThemeChange(() => {
      ink.current = null;
      drawNextFrame(redraw);
    });
    return () => {
      size.disconnect();
      end();
      cancelDraw(redraw);
    };
  }, []);

  const at = (event: MouseEvent<HTMLCanvasElement>) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return cellAt(layout, event.clientX - bounds.left - EDGE, event.clientY - bounds.top - EDGE);
  };
  const open = (index: number | null) => {
    const found = index === null ? undefined : cells[index];
    if (found !== undefined) onOpen?.(found.id);
  };
  /** A finger is wider than a small cell: its first tap shows which one it met, the second opens it. */
  const tap = (event: MouseEvent<HTMLCanvasElement>) => {
    const index = at(event);
    const touched = (event.nativeEvent as globalThis.PointerEvent).pointerType === "touch";
    if (touched && layout.size.width < FINGER && index !== pointed) setPointed(index);
    else open(index);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(focused);
      return;
    }
    const next = cellAfter(layout, Math.min(focused ?? 0, cells.length - 1), event.key);
    if (next === null) return;
    event.preventDefault();
    setPointed(null);
    setFocused(next);
    const bounds = canvas.current?.getBoundingClientRect();
    const top = (bounds?.top ?? 0) + (layout.tops[next] ?? 0);
    if (top < 64) window.scrollBy({ top: top - 96 });
    else if (top + layout.size.height > window.innerHeight) window.scrollBy({ top: top - window.innerHeight + 96 });
  };
  return (
    <div dir="ltr" className="relative">
      {titles &&
        layout.groups.map(({ left, top, width: wide }, index) => (
          <p
            key={groups[index]?.title}
            aria-hidden
            className="pointer-events-none absolute truncate text-muted text-xs"
            style={{ left: left + EDGE, top: top + EDGE, width: wide - 4 }}
          >
            <span className="font-medium text-text">{groups[index]?.title}</span>{" "}
            <span className="tnum">{formatCount(groups[index]?.cells.length ?? 0)}</span>
          </p>
        ))}
      {/* The arrow keys belong to the map while it has the focus; the status below says where it is. */}
      <div
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys work on it
        tabIndex={0}
        aria-label={
          onOpen === null
            ? t`${label}. Arrow keys move between agents.`
            : t`${label}. Arrow keys move between agents, Enter opens one.`
        }
        className="rounded-sm"
        onFocus={() => setFocused((before) => Math.min(before ?? 0, cells.length - 1))}
        onBlur={() => setFocused(null)}
        onKeyDown={press}
      >
        <canvas
          ref={canvas}
          aria-hidden
          className={onOpen === null ? "block w-full" : "block w-full cursor-pointer"}
          style={{ height: layout.height + 2 * EDGE }}
          onPointerMove={(event) => event.pointerType !== "touch" && setPointed(at(event))}
          onPointerLeave={(event) => event.pointerType !== "touch" && setPointed(null)}
          // The ring belongs to the keyboard: a click does not take the focus.
          onPointerDown={(event) => event.preventDefault()}
          onClick={tap}
        />
      </div>
      {/* Not drawn into the map: a pointer that moves must not paint ten thousand cells anew. */}
      {cell !== undefined && chosen !== null && (
        <div
          aria-hidden
          className="pointer-events-none absolute rounded-xs ring-2 ring-text outline-2 outline-surface outline-offset-2"
          style={ringPlace(layout, chosen)}
        />
      )}
      {cell !== undefined && chosen !== null && (
        <div
          aria-hidden
          className="tnum pointer-events-none absolute z-20 max-w-72 rounded-md border border-edge bg-surface px-2.5 py-1.5 text-xs shadow-lg"
          style={tipPlace(layout.lefts[chosen] ?? 0, (layout.tops[chosen] ?? 0) + layout.size.height, width)}
        >
          <p className="truncate font-medium">{cell.name}</p>
          <p className="text-muted">{inWords(cell)}</p>
        </div>
      )}
      <p role="status" className="sr-only">
        {focused !== null && cell !== undefined && `${cell.name}, ${inWords(cell)}`}
      </p>
    </div>
  );
}

function ringPlace(layout: HeatLayout, cell: number): CSSProperties {
  const gap = cellGap(layout);
  return {
    left: (layout.lefts[cell] ?? 0) + EDGE,
    top: (layout.tops[cell] ?? 0) + EDGE,
    width: layout.size.width - gap,
    height: layout.size.height - gap,
  };
}

/** Below the cell, on the side where there is room. */
function tipPlace(left: number, top: number, width: number): CSSProperties {
  return left < width / 2 ? { left, top: top + 6 } : { right: Math.max(0, width - left - 40), top: top + 6 };
}
