import { t } from "@lingui/core/macro";
import { ChartLine, Grid3x3, Hash, Siren, Table2, Type } from "lucide-react";
import { lazy, Suspense } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import type { PanelKind } from "@/lib/dashboard-spec";
import type { PanelProps } from "./panel-context";
import { TimeSeries } from "./time-series";

/** Every kind of panel: a new one adds its line here, and its part in `other-panel.tsx`. */
export const KINDS: Record<PanelKind, { label: string; icon: typeof Hash; title: string }> = {
  timeseries: { label: t`Time series`, icon: ChartLine, title: t`Chart` },
  stat: { label: t`Stat`, icon: Hash, title: t`Value` },
  table: { label: t`Table`, icon: Table2, title: t`Table` },
  map: { label: t`Fleet map`, icon: Grid3x3, title: t`Agents` },
  incidents: { label: t`Incidents`, icon: Siren, title: t`Open incidents` },
  text: { label: t`Text`, icon: Type, title: t`Note` },
};

// Charts are on nearly every dashboard and come with it; the rest comes beside them.
const OtherPanel = lazy(() => import("./other-panel").then((module) => ({ default: module.OtherPanel })));

/** A panel of any kind. */
export function AnyPanel({ panel, ...rest }: PanelProps) {
  if (panel.kind === "timeseries") return <TimeSeries panel={panel} {...rest} />;
  return (
    <Suspense fallback={<Skeleton className="h-full" />}>
      <OtherPanel panel={panel} {...rest} />
    </Suspense>
  );
}
