import { useQuery } from "@tanstack/react-query";
import { WaitingRun } from "@/pages/runbook-run/waiting-run";
import { waitingRunsQuery } from "@/state/waiting-runs";

interface WaitingRunsProps {
  /** Only those of an incident. */
  incident?: number;
}

/** Runs of runbooks about which somebody has to decide. */
export function WaitingRuns({ incident }: WaitingRunsProps) {
  const { data } = useQuery(waitingRunsQuery);
  const shown = (data?.items ?? []).filter((one) => incident === undefined || one.incident === incident);
  if (shown.length === 0) return null;
  return (
    <div className="mb-4 flex flex-col gap-2">
      {shown.map((one) => (
        <WaitingRun key={one.id} run={one} linked />
      ))}
    </div>
  );
}
