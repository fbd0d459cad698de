import type { ReactNode } from "react";
import { Chart } from "@/charts/chart";
import { useAgentPage } from "./page-context";
import type { ChartSpec } from "./specs";

interface SectionProps {
  id: string;
  title: string;
  /** What stands above the charts, as wide as the page. */
  lead?: ReactNode;
  children: ReactNode;
}

/** A part of the page with its heading, reachable by its anchor. */
export function Section({ id, title, lead, children }: SectionProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`} className="scroll-mt-28 pt-6">
      <h2 id={`${id}-title`} className="mb-2.5 font-semibold text-base tracking-tight">
        {title}
      </h2>
      {lead}
      <div className="grid gap-3 lg:grid-cols-2 2xl:grid-cols-3 lg:max-2xl:[&>:last-child:nth-child(odd)]:col-span-2">
        {children}
      </div>
    </section>
  );
}

/** Charts that share the page's time range and crosshair. */
export function Charts({ specs }: { specs: readonly ChartSpec[] }) {
  const { store, crosshair, zoom, resetZoom } = useAgentPage();
  return specs.map((spec) => (
    <Chart
      key={spec.id}
      title={spec.title}
      unit={spec.unit}
      mode={spec.mode}
      series={spec.series}
      mirrored={spec.mirrored ?? []}
      fixedTop={spec.fixedTop ?? null}
      source={store}
      crosshair={crosshair}
      onZoom={zoom}
      onReset={resetZoom}
    />
  ));
}
