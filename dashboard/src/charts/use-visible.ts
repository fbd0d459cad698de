import { type RefObject, useEffect, useRef } from "react";

/**
 * Tells `changed` when the element comes into view, and keeps in a ref whether it is there. Charts out of sight stay
 * undrawn.
 */
export function useVisible(element: RefObject<HTMLElement | null>, changed: () => void): RefObject<boolean> {
  const visible = useRef(false);
  const latest = useRef(changed);
  latest.current = changed;
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        visible.current = entry?.isIntersecting ?? false;
        if (visible.current) latest.current();
      },
      { rootMargin: "120px 0px" },
    );
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return visible;
}
