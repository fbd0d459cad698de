import { type RefObject, startTransition, useEffect, useState } from "react";
import { Turns } from "@/lib/turns";

/** How far from being seen something may be and still hurry: a page's height, so that who scrolls finds it there. */
const NEAR = "100% 0px";

const turns = new Turns<Element>();
let observer: IntersectionObserver | null = null;

function near(): IntersectionObserver {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) turns.hurry(target, isIntersecting);
    },
    { rootMargin: NEAR },
  );
  return observer;
}

/**
 * Whether it is the turn of what stands in for a costly part of a page. Each part has its turn when the browser is idle,
 * those near the screen first; so a page with many stays quick, and all of it is there soon.
 */
export function useTurn(place: RefObject<Element | null>): boolean {
  const [come, setCome] = useState(false);
  useEffect(() => {
    const target = place.current;
    if (come || target === null) return;
    turns.add(target, () => startTransition(() => setCome(true)));
    near().observe(target);
    return () => {
      turns.drop(target);
      near().unobserve(target);
    };
  }, [place, come]);
  return come;
}
