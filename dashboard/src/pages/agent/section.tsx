import { t } from "@lingui/core/macro";
import { memo, type ReactNode, useMemo } from "react";
import type { MomentAction } from "@/charts/chart";
import { viewOf } from "@/lib/chart-view";
import { ChartPanel } from "@/pages/chart/chart-panel";
import { ExploreLink } from "./explore-link";
import { useAgentPage } from "./page-context";
import type { ChartSpec } from "./specs";
import { useChartViews } from "./use-chart-views";
import { useMetas } from "./use-metas";
import { useProcessView } from "./use-process-view";

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
    <section
      id={id}
      aria-labelledby={`${id}-title`}
      tabIndex={-1}
      className="scroll-mt-28 pt-6 outline-none max-sm:scroll-mt-36"
    >
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

/** What pressing a moment in the page's charts offers; null for an agent that sends no processes. */
export function useMomentAction(): MomentAction | null {
  const { store } = useAgentPage();
  const { showMoment } = useProcessView(store);
  const metas = useMetas();
  return useMemo(() => {
    const sends = [...metas.values()].some(({ metric }) => metric === "system.process.count");
    return sends
      ? { offer: (moment) => t`Processes at ${moment}`, run: (time) => showMoment(time, { scroll: true }) }
      : null;
  }, [metas, showMoment]);
}

/** Charts that share the page's time range and crosshair; the same ones stay as they are when the page changes around them. */
export const Charts = memo(function Charts({ specs }: { specs: readonly ChartSpec[] }) {
  const { store, crosshair, zoom, resetZoom, marks } = useAgentPage();
  const action = useMomentAction();
  const [views, setView] = useChartViews();
  return specs.map((spec) => (
    <ChartPanel
      key={spec.id}
      title={spec.title}
      unit={spec.unit}
      mode={spec.mode}
      series={spec.series}
      mirrored={spec.mirrored ?? []}
      fixedTop={spec.fixedTop ?? null}
      aside={<ExploreLink spec={spec} />}
      source={store}
      crosshair={crosshair}
      action={action}
      marks={marks}
      view={viewOf(views, spec.id)}
      onView={(view) => setView(spec.id, view)}
      onZoom={zoom}
      onReset={resetZoom}
    />
  ));
});
