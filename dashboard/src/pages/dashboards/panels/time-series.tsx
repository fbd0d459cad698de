import { Trans } from "@lingui/react/macro";
import { useRef } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import type { TimeSeriesPanel } from "@/lib/dashboard-spec";
import { GroupChart, useColors } from "@/pages/explore/group-chart";
import { useWidth } from "@/state/use-width";
import type { PanelProps } from "./panel-context";
import { PanelFrame, PanelNothing, PanelProblem } from "./panel-frame";
import { usePanelGroups } from "./use-panel-groups";

/** Queries over time, on one axis. */
export function TimeSeries({ panel, title, context, asking, aside }: PanelProps<TimeSeriesPanel>) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const answer = usePanelGroups(panel.queries, context, width, asking);
  const { groups, unit, nameOf, compareOf, asked, error, retry } = answer;
  const colorOf = useColors(groups?.lines ?? NONE);
  const undrawn = (groups?.undrawn ?? [])
    .map(({ query, unit: other }) => `${asked[query]?.metric} (${other})`)
    .join(", ");
  return (
    <div ref={place} className="flex h-full min-w-0 flex-col">
      {groups === null || error !== null || groups.lines.length === 0 ? (
        <PanelFrame title={title} aside={aside}>
          {error !== null && <PanelProblem error={error} onRetry={retry} />}
          {error === null && groups === null && <Skeleton className="m-3.5 h-[calc(100%-1.75rem)]" />}
          {error === null && groups !== null && (
            <PanelNothing>
              <Trans>No data in this time.</Trans>
            </PanelNothing>
          )}
        </PanelFrame>
      ) : (
        <GroupChart
          {...{ title, groups, unit, nameOf, compareOf, colorOf, aside }}
          solo={null}
          crosshair={context.crosshair}
          onZoom={context.onZoom}
          onReset={context.onReset}
          height="fill"
          legend
          stacked={panel.stacked}
        />
      )}
      {undrawn !== "" && (
        <p className="mt-1 truncate text-2xs text-muted">
          <Trans>Not drawn, of another unit: {undrawn}</Trans>
        </p>
      )}
    </div>
  );
}

const NONE: never[] = [];
