import { Trans } from "@lingui/react/macro";
import { useMemo } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import type { MapPanel } from "@/lib/dashboard-spec";
import type { HomeSearch } from "@/lib/home-search";
import { mapFilter } from "@/lib/panel-query";
import { defined } from "@/lib/search-params";
import { CellMap } from "@/pages/home/fleet-map";
import { useCells } from "@/pages/home/use-cells";
import { fleet } from "@/state/session";
import { useSignal } from "@/state/use-signal";
import type { PanelProps } from "./panel-context";
import { PanelFrame, PanelNothing } from "./panel-frame";

/** Pixels between title and legend, as styles.css makes rows. */
const roomFor = ({ grid }: MapPanel) => Math.max(60, grid.h * 60 - 108);

/** All agents that the filters leave, each a cell. */
export function FleetMapPanel({ panel, title, context, aside }: PanelProps<MapPanel>) {
  const { variables, chosen } = context;
  const { agents, complete } = useSignal(fleet.view);
  const shown = useMemo(() => agents.filter(mapFilter(panel, variables, chosen)), [agents, panel, variables, chosen]);
  const search: HomeSearch = defined({
    color: panel.color === "cpu" ? undefined : panel.color,
    metric: panel.metric === "" ? undefined : panel.metric,
    by: panel.by ?? undefined,
  });
  const cells = useCells(shown, search);
  return (
    <PanelFrame title={title} aside={aside} className="flex flex-col gap-3 overflow-y-auto px-3.5 pb-3">
      {shown.length === 0 && !complete && <Skeleton className="h-full" />}
      {shown.length === 0 && complete && (
        <PanelNothing>
          <Trans>No agent is within the filters.</Trans>
        </PanelNothing>
      )}
      {shown.length > 0 && <CellMap cells={cells} titles={search.by !== undefined} wantedHeight={roomFor(panel)} />}
    </PanelFrame>
  );
}
