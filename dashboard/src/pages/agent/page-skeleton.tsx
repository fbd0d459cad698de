import { t } from "@lingui/core/macro";
import { ChartPlace } from "@/charts/chart-frame";
import { Skeleton } from "@/components/ui/skeleton";
import { cpuPlan } from "./plans/machine";
import { type Metas, makeChart } from "./specs";

const CARDS = ["a", "b", "c", "d", "e", "f"];

/** An agent's page before its first answer. */
export function PageSkeleton() {
  return (
    <div role="status" aria-label={t`Loading the agent`}>
      <Skeleton className="mb-3 h-7 w-56" />
      <Skeleton className="mb-6 h-5 w-96 max-w-full" />
      <ChartSkeletons />
    </div>
  );
}

/** The charts before the first samples. */
export function ChartSkeletons() {
  return (
    <div className="grid gap-3 pt-6 lg:grid-cols-2 2xl:grid-cols-3">
      {CARDS.map((card) => (
        <div key={card} className="card h-60 p-4">
          <Skeleton className="h-4 w-40" />
          <Skeleton className="mt-4 h-40 w-full" />
        </div>
      ))}
    </div>
  );
}

/** The cores before their code has come: the strip of all of them, and the chart of one. */
export function CoresPlace({ metas, core }: { metas: Metas; core: string }) {
  const chart = makeChart(metas, cpuPlan(core));
  return (
    <>
      <ChartPlace of={{ title: t`Utilisation by core` }} />
      {chart !== null && <ChartPlace of={chart} />}
    </>
  );
}
