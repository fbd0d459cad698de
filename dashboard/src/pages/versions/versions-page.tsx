import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { useGoverns } from "@/state/session";
import { FleetVersions } from "./fleet-versions";
import { OfferCard } from "./offer-card";
import { PlanDialog } from "./plan-dialog";
import { RolloutCard } from "./rollout-card";
import { isOpen } from "./rollouts";
import { releasesQuery, rolloutsQuery } from "./versions-query";

/** Which releases of the agent run, which can be had, and how a rollout goes. */
export function VersionsPage() {
  const governs = useGoverns();
  const releases = useQuery(releasesQuery);
  const rollouts = useQuery(rolloutsQuery);
  const [planning, setPlanning] = useState(false);
  useEffect(() => {
    document.title = t`Agent versions · Opsentrix`;
  }, []);
  const problem = releases.error ?? rollouts.error;
  const offer = releases.data?.offered ?? null;
  return (
    <div className="mx-auto max-w-5xl">
      <h1 className="mb-1 font-semibold text-xl tracking-tight">
        <Trans>Agent versions</Trans>
      </h1>
      <p className="mb-4 max-w-prose text-muted">
        <Trans>Agents upgrade where their owner allows it, to releases that a key of the owner signed, in rings.</Trans>
      </p>
      {problem !== null && (
        <Notice
          className="mb-4"
          title={t`The versions could not be loaded`}
          onRetry={() => void Promise.all([releases.refetch(), rollouts.refetch()])}
        >
          {asProblem(problem).message}
        </Notice>
      )}
      {releases.data === undefined && problem === null && <Skeleton className="h-40 w-full" />}
      {releases.data !== undefined && (
        <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
          <OfferCard
            offer={offer}
            mayStart={governs}
            busy={rollouts.data?.some(isOpen) ?? false}
            onStart={() => setPlanning(true)}
          />
          <FleetVersions releases={releases.data} />
        </div>
      )}
      {rollouts.data !== undefined && (
        <>
          <h2 className="mt-6 mb-2.5 font-semibold text-base tracking-tight">
            <Trans>Rollouts</Trans>
          </h2>
          {rollouts.data.length === 0 ? (
            <p className="card p-5 text-muted">
              <Trans>
                None yet. A rollout begins with one agent, waits, goes on with a tenth, waits, and ends with all. It
                halts by itself when agents fail.
              </Trans>
            </p>
          ) : (
            <div className="flex flex-col gap-3">
              {rollouts.data.map((one) => (
                <RolloutCard key={one.id} rollout={one} />
              ))}
            </div>
          )}
        </>
      )}
      {planning && offer !== null && <PlanDialog offer={offer} onClose={() => setPlanning(false)} />}
    </div>
  );
}
