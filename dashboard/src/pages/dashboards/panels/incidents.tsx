import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { Skeleton } from "@/components/ui/skeleton";
import type { IncidentsPanel } from "@/lib/dashboard-spec";
import { byUrgency } from "@/lib/incident-search";
import { IncidentRow } from "@/pages/home/open-incidents";
import { openQuery } from "@/pages/incidents/queries";
import { useHubNow } from "@/state/use-hub-now";
import type { PanelProps } from "./panel-context";
import { PanelFrame, PanelProblem } from "./panel-frame";

/** What is wrong now, the gravest first. */
export function Incidents({ title, asking, aside }: PanelProps<IncidentsPanel>) {
  const { data, error, refetch } = useQuery({ ...openQuery({}), enabled: asking });
  const now = useHubNow(10_000);
  const items = [...(data?.items ?? [])].sort(byUrgency);
  return (
    <PanelFrame title={title} aside={aside}>
      {error !== null && <PanelProblem error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Skeleton className="m-3.5 h-10" />}
      {error === null && data !== undefined && items.length === 0 && (
        <p className="flex items-center gap-2.5 px-3.5 py-2 text-muted">
          <CircleCheck className="size-4 shrink-0 text-ok" aria-hidden />
          <Trans>Nothing is wrong.</Trans>
        </p>
      )}
      {error === null && items.length > 0 && (
        <ul
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
          tabIndex={0}
          aria-label={title}
          className="h-full divide-y overflow-y-auto border-t -outline-offset-2"
        >
          {items.map((incident) => (
            <IncidentRow key={incident.id} incident={incident} now={now} />
          ))}
        </ul>
      )}
    </PanelFrame>
  );
}
