import { type RefObject, useEffect, useState } from "react";

/** Whether an element is on the screen, or so near that it soon may be. */
export function useInView(element: RefObject<HTMLElement | null>): boolean {
  const [inView, setInView] = useState(false);
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const observer = new IntersectionObserver(([entry]) => setInView(entry?.isIntersecting ?? false), {
      rootMargin: "240px 0px",
    });
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return inView;
}
