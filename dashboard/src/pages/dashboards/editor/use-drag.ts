import { type PointerEvent, useRef, useState } from "react";
import type { Panel } from "@/lib/dashboard-spec";
import { COLUMNS, inReadingOrder, type Place, placed } from "@/lib/grid-layout";

/** A row with the gap below it, and the gap between columns, as in styles.css. */
const ROW = 60;
const GAP = 12;
/** So near to the edge of the window the page scrolls along. */
const EDGE = 72;
const SCROLL_STEP = 14;

export type Grab = "move" | "resize";

interface Drag {
  id: number;
  grab: Grab;
  from: Place;
  /** Where the pointer began, in pixels of the page. */
  x: number;
  y: number;
}

/** Lets panels be dragged and pulled larger with the pointer; what it would make is shown until it is let go. */
export function useDrag(panels: readonly Panel[], onDone: (panels: Panel[]) => void) {
  const grid = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);
  const [preview, setPreview] = useState<{ id: number; panels: Panel[]; order: readonly number[] } | null>(null);

  const begin = (panel: Panel, grab: Grab, event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus();
    drag.current = { id: panel.id, grab, from: panel.grid, x: event.pageX, y: event.pageY };
    // What is being dragged must not change its place in the document: the pointer would lose it.
    setPreview({ id: panel.id, panels: [...panels], order: inReadingOrder(panels).map(({ id }) => id) });
  };
  const move = (event: PointerEvent<HTMLElement>) => {
    const { current } = drag;
    if (current === null || grid.current === null) return;
    if (event.clientY < EDGE) window.scrollBy(0, -SCROLL_STEP);
    else if (event.clientY > window.innerHeight - EDGE) window.scrollBy(0, SCROLL_STEP);
    const column = (grid.current.clientWidth + GAP) / COLUMNS;
    const [across, down] = [(event.pageX - current.x) / column, (event.pageY - current.y) / ROW];
    const { from, id } = current;
    const wished =
      current.grab === "move"
        ? { ...from, x: from.x + across, y: from.y + down }
        : { ...from, w: Math.min(from.w + across, COLUMNS - from.x), h: from.h + down };
    setPreview((before) => before && { ...before, panels: placed(panels, id, wished) });
  };
  const end = (keep: boolean) => {
    if (drag.current === null) return;
    drag.current = null;
    const made = preview?.panels;
    setPreview(null);
    if (keep && made !== undefined && JSON.stringify(made) !== JSON.stringify(panels)) onDone(made);
  };
  return { grid, preview, begin, move, end };
}

export type Dragging = Pick<ReturnType<typeof useDrag>, "begin" | "move" | "end">;
