import { type ReactNode, Suspense, useRef } from "react";
import { useTurn } from "@/components/use-turn";
import { cn } from "@/lib/cn";

interface LaterProps {
  /** Its anchor, which leads to its place until it is there. */
  id?: string;
  className?: string;
  children: ReactNode;
}

/** A part of the page whose code and content come after the charts, in its turn; until then its place is kept. */
export function Later({ id, className, children }: LaterProps) {
  const place = useRef<HTMLDivElement>(null);
  const kept = <div ref={place} id={id} className={cn("h-44 scroll-mt-28", className)} aria-hidden />;
  return useTurn(place) ? <Suspense fallback={kept}>{children}</Suspense> : kept;
}
