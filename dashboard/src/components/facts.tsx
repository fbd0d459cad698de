import type { ReactNode } from "react";

/** Facts of a card, each with its name. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="divide-y border-t px-5">{children}</dl>;
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-6 gap-y-0.5 py-2.5 sm:grid-cols-[12rem_minmax(0,1fr)]">
      <dt className="text-muted">{label}</dt>
      <dd className="tnum min-w-0 break-words">{children}</dd>
    </div>
  );
}
