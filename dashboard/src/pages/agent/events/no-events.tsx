import { Trans } from "@lingui/react/macro";
import { Button } from "@/components/ui/button";
import { PRESETS } from "@/lib/range";
import { useAgentPage } from "../page-context";

const WEEK = PRESETS.find(({ name }) => name === "7d")?.seconds ?? 0;

interface NoEventsProps {
  filtered: boolean;
  /** How long the time is that is shown. */
  seconds: number;
}

/** What would stand here, and where to look for it. */
export function NoEvents({ filtered, seconds }: NoEventsProps) {
  const { setRange } = useAgentPage();
  return (
    <div className="card px-5 py-6 text-center">
      <p className="font-medium">
        {filtered ? <Trans>Nothing of these kinds in this time</Trans> : <Trans>Nothing happened in this time</Trans>}
      </p>
      <p className="mx-auto mt-1 max-w-xl text-muted">
        <Trans>
          Restarts, alerts, commands, runbooks, notes and deployments, settings, upgrades, gaps in the samples and
          recordings stand here in one list, the newest first, each with the way to its moment in the charts.
        </Trans>
      </p>
      {seconds < WEEK && (
        <Button size="sm" className="mt-3" onClick={() => setRange({ range: "7d" })}>
          <Trans>Look at the last 7 days</Trans>
        </Button>
      )}
    </div>
  );
}
