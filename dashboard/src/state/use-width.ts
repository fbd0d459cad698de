import { type RefObject, useEffect, useState } from "react";

/** Widths are told in steps of so many pixels: who asks for as many points does not ask anew for each pixel. */
const STEP = 50;

/** The width of an element in CSS pixels, 0 until it is known. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.ceil(target.clientWidth / STEP) * STEP));
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
