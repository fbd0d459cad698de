import { type ReactNode, Suspense } from "react";

/** A section whose code comes after that of the charts; until then its place is kept, and its anchor leads there. */
export function Later({ id, children }: { id: string; children: ReactNode }) {
  return <Suspense fallback={<div id={id} className="h-44 scroll-mt-28" aria-hidden />}>{children}</Suspense>;
}
