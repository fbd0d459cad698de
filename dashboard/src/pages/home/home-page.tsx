import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useDeferredValue, useEffect, useState } from "react";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { parseHomeSearch } from "@/lib/home-search";
import { formatCount } from "@/lib/language";
import { EmptyFleet } from "@/pages/agents/empty-fleet";
import { NobodyToldBanner } from "@/pages/incidents/nobody-told-banner";
import { AddServerDialog } from "@/pages/servers/add-server-dialog";
import { ShareButton } from "@/pages/share/share-button";
import { useOnlyLooking } from "@/state/kiosk";
import { useShared } from "@/state/pass";
import { fleet, useGoverns, useMay } from "@/state/session";
import { useSignal } from "@/state/use-signal";
import { Decisions } from "./decisions";
import { FleetMap } from "./fleet-map";
import { HubHealth } from "./hub-health";
import { Noisiest } from "./noisiest";
import { OpenIncidents } from "./open-incidents";
import { StateTiles } from "./state-tiles";
import { useAnswered } from "./use-answered";

const route = getRouteApi("/app/");
const HomeSetup = lazy(async () => ({ default: (await import("@/pages/setup/home-setup")).HomeSetup }));

/** Does anything need me? */
export function HomePage() {
  const { agents, total, complete, problem } = useSignal(fleet.view);
  const loaded = formatCount(agents.length);
  const [adding, setAdding] = useState(false);
  const mayAdd = useMay("operator");
  const governs = useGoverns();
  const looking = useOnlyLooking();
  const shared = useShared();
  const search = route.useSearch();
  const answered = useAnswered();
  // What is drawn when all is there is drawn in pieces, whichever came last.
  const ready = useDeferredValue(answered && agents.length > 0);
  useEffect(() => fleet.use(false), []);
  useEffect(() => {
    document.title = t`Home · Opsentrix`;
  }, []);
  return (
    <>
      <div className="mb-4 flex items-center gap-3">
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>Home</Trans>
        </h1>
        <p role="status" className="tnum me-auto text-muted text-xs">
          {!complete &&
            agents.length > 0 &&
            t`${loaded} of ${plural(total, { one: "# agent loaded", other: "# agents loaded" })}`}
        </p>
        <ShareButton place={{ name: "home", search: parseHomeSearch({ ...search }) }} />
      </div>
      {problem !== null && (
        <Notice className="mb-4" title={t`The agents could not be loaded`} onRetry={() => void fleet.load()}>
          {problem.message}
        </Notice>
      )}
      {agents.length === 0 && complete && !looking && <EmptyFleet mayAdd={mayAdd} onAdd={() => setAdding(true)} />}
      {agents.length === 0 && complete && looking && (
        <p className="card px-6 py-12 text-center text-muted">
          <Trans>No agent is shown here now.</Trans>
        </p>
      )}
      {(agents.length === 0 ? !complete && problem === null : !ready) && <HomeSkeleton />}
      {agents.length > 0 && ready && (
        <Suspense fallback={<HomeSkeleton />}>
          {!looking && governs && <HomeSetup />}
          {!looking && !governs && <NobodyToldBanner />}
          <StateTiles agents={agents} />
          <div className="mt-4 grid items-start gap-4 lg:grid-cols-[22rem_minmax(0,1fr)] xl:grid-cols-[26rem_minmax(0,1fr)]">
            <div className="flex min-w-0 flex-col gap-4">
              {!looking && <Decisions agents={agents} />}
              <OpenIncidents />
              <Noisiest agents={agents} />
              {!shared && <HubHealth />}
            </div>
            <FleetMap agents={agents} />
          </div>
        </Suspense>
      )}
      {adding && <AddServerDialog onClose={() => setAdding(false)} />}
    </>
  );
}

/** The page before its first answer. */
function HomeSkeleton() {
  return (
    <div role="status" aria-label={t`Loading`} className="flex flex-col gap-4">
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        {["a", "b", "c", "d"].map((one) => (
          <Skeleton key={one} className="h-[4.5rem]" />
        ))}
      </div>
      <div className="grid gap-4 lg:grid-cols-[22rem_minmax(0,1fr)] xl:grid-cols-[26rem_minmax(0,1fr)]">
        <Skeleton className="h-48" />
        <Skeleton className="h-96" />
      </div>
    </div>
  );
}
