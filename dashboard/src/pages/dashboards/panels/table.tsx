import { Trans } from "@lingui/react/macro";
import { useRef } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import type { TablePanel } from "@/lib/dashboard-spec";
import { GroupTable } from "@/pages/explore/group-table";
import { useWidth } from "@/state/use-width";
import type { PanelProps } from "./panel-context";
import { PanelFrame, PanelNothing, PanelProblem } from "./panel-frame";
import { usePanelGroups } from "./use-panel-groups";

const grey = () => "c8";

/** What the groups of a query come to. */
export function Table({ panel, title, context, asking, aside }: PanelProps<TablePanel>) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const { groups, unit, nameOf, error, retry } = usePanelGroups(panel.queries, context, width, asking);
  return (
    <div ref={place} className="h-full min-w-0">
      <PanelFrame title={title} aside={aside}>
        {error !== null && <PanelProblem error={error} onRetry={retry} />}
        {error === null && groups === null && <Skeleton className="m-3.5 h-[calc(100%-1.75rem)]" />}
        {error === null && groups?.lines.length === 0 && (
          <PanelNothing>
            <Trans>No data in this time.</Trans>
          </PanelNothing>
        )}
        {error === null && groups !== null && groups.lines.length > 0 && (
          <GroupTable
            {...{ nameOf, unit }}
            lines={groups.lines}
            colorOf={grey}
            range={context.range}
            compared={(panel.queries[0]?.compare ?? 0) > 0}
            solo={null}
            onSolo={null}
            className="h-full max-h-none"
          />
        )}
      </PanelFrame>
    </div>
  );
}
