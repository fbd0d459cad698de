import { ChartLine, Grid3x3, Hash, Siren, Table2, Type } from "lucide-react";
import { lazy, Suspense } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import type { PanelKind } from "@/lib/dashboard-spec";
import type { PanelProps } from "./panel-context";

/** Every kind of panel; a new one adds its line here and its part below. */
export const KINDS: Record<PanelKind, { label: string; icon: typeof Hash; title: string }> = {
  timeseries: { label: "Time series", icon: ChartLine, title: "Chart" },
  stat: { label: "Stat", icon: Hash, title: "Value" },
  table: { label: "Table", icon: Table2, title: "Table" },
  map: { label: "Fleet map", icon: Grid3x3, title: "Agents" },
  incidents: { label: "Incidents", icon: Siren, title: "Open incidents" },
  text: { label: "Text", icon: Type, title: "Note" },
};

const TimeSeries = lazy(() => import("./time-series").then((module) => ({ default: module.TimeSeries })));
const Stat = lazy(() => import("./stat").then((module) => ({ default: module.Stat })));
const Table = lazy(() => import("./table").then((module) => ({ default: module.Table })));
const FleetMapPanel = lazy(() => import("./map").then((module) => ({ default: module.FleetMapPanel })));
const Incidents = lazy(() => import("./incidents").then((module) => ({ default: module.Incidents })));
const Text = lazy(() => import("./text").then((module) => ({ default: module.Text })));

/** A panel of any kind. */
export function AnyPanel(props: PanelProps) {
  return (
    <Suspense fallback={<Skeleton className="h-full" />}>
      <OfKind {...props} />
    </Suspense>
  );
}

function OfKind({ panel, ...rest }: PanelProps) {
  switch (panel.kind) {
    case "timeseries":
      return <TimeSeries panel={panel} {...rest} />;
    case "stat":
      return <Stat panel={panel} {...rest} />;
    case "table":
      return <Table panel={panel} {...rest} />;
    case "map":
      return <FleetMapPanel panel={panel} {...rest} />;
    case "incidents":
      return <Incidents panel={panel} {...rest} />;
    case "text":
      return <Text panel={panel} {...rest} />;
  }
}
