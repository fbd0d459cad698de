import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { Crosshair } from "@/charts/crosshair";
import { CopyButton } from "@/components/copy";
import { hubNow } from "@/lib/clock";
import { type ExploreQuery, LETTERS, readQueries, writeQueries } from "@/lib/explore-search";
import type { TimeMark } from "@/lib/marks";
import { fixedAt, isLive, type RangeSearch, windowAt, zoomWindow } from "@/lib/range";
import { metricsQuery } from "@/pages/rules/queries";
import { ShareButton } from "@/pages/share/share-button";
import { TimeControl } from "@/pages/time/time-control";
import { useKiosk, useOnlyLooking } from "@/state/kiosk";
import { fleet } from "@/state/session";
import { useSignal } from "@/state/use-signal";
import { Beginning } from "./beginning";
import { MetricPicker } from "./metric-picker";
import { QueryCard } from "./query-card";
import { startingQuery } from "./starting-query";
import { useFleetMarks } from "./use-fleet-marks";

const route = getRouteApi("/app/explore");
const CHART_PX = 280;
const BESIDE_PX = 100;
const TABLE_PX = 320;

const MarkLane = lazy(() => import("./mark-lane").then((module) => ({ default: module.MarkLane })));
const NO_MARKS: readonly TimeMark[] = [];

/** Any metric over any machines. What is asked stands in the address. */
export function ExplorePage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [crosshair] = useState(() => new Crosshair());
  const { agents } = useSignal(fleet.view);
  const names = useMemo(() => new Map(agents.map(({ id, name }) => [id, name])), [agents]);
  const looking = useOnlyLooking();
  const kiosk = useKiosk();
  const known = useQuery({ ...metricsQuery, enabled: !looking }).data?.items;
  useEffect(() => fleet.use(), []);
  useEffect(() => {
    document.title = t`Explore · Opsentrix`;
  }, []);
  const queries = readQueries(search);
  const show = (range: RangeSearch, next: readonly ExploreQuery[]) =>
    void navigate({ search: writeQueries(range, next), resetScroll: false });
  const setRange = (range: RangeSearch) => show(range, queries);
  const setQueries = (next: readonly ExploreQuery[]) => show(search, next);
  const { range, from, to } = search;
  const time = useMemo(
    (): RangeSearch => ({ ...(range && { range }), ...(from !== undefined && to !== undefined && { from, to }) }),
    [range, from, to],
  );
  const found = useFleetMarks(time, !looking);
  const full = queries.length >= LETTERS.length;
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-3">
        <h1 className="me-auto font-semibold text-xl tracking-tight">
          <Trans>Explore</Trans>
        </h1>
        {queries.length > 0 && !looking && <CopyButton text={() => linkTo(time)} says={t`Copy link`} />}
        {queries.length > 0 && <ShareButton place={{ name: "explore", search: writeQueries(time, queries) }} />}
        {!kiosk && <TimeControl search={time} onChange={setRange} window={() => windowAt(time, hubNow())} />}
      </div>
      {queries.length > 0 && found !== undefined && (
        <div className="mb-3">
          <Suspense fallback={<div className="mt-3 h-9 max-sm:h-11" aria-hidden />}>
            <MarkLane found={found} range={time} crosshair={crosshair} />
          </Suspense>
        </div>
      )}
      {queries.length === 0 && !looking && <Beginning onChoose={(query) => setQueries([query])} />}
      <div className="flex flex-col gap-6">
        {queries.map((query, at) => {
          const letter = LETTERS[at];
          if (letter === undefined) return null;
          const replace = (...by: ExploreQuery[]) => setQueries(queries.toSpliced(at, 1, ...by));
          return (
            <QueryCard
              key={letter}
              letter={letter}
              query={query}
              range={time}
              names={names}
              crosshair={crosshair}
              height={kiosk ? screenHeight(queries) : CHART_PX}
              marks={found?.marks ?? NO_MARKS}
              onChange={(next) => replace(next)}
              onDuplicate={full ? null : () => replace(query, query)}
              onRemove={() => replace()}
              onZoom={(first, second) => setRange(fixedAt(time, zoomWindow(first, second)))}
              onReset={() => setRange(range === undefined ? {} : { range })}
            />
          );
        })}
      </div>
      {queries.length > 0 && !full && !looking && (
        <div className="mt-6 max-w-xl">
          <MetricPicker
            label={t`Add a query`}
            value=""
            onChange={(name) => setQueries([...queries, startingQuery(name, known)])}
          />
        </div>
      )}
    </>
  );
}

/** How high a chart is on a screen that all of them share with their tables and the heading. */
function screenHeight(queries: readonly ExploreQuery[]): number {
  const shown = Math.max(1, queries.filter(({ hidden }) => !hidden).length);
  return Math.max(CHART_PX, Math.floor((window.innerHeight - BESIDE_PX) / shown) - TABLE_PX);
}

/** The address of this page that goes on showing this moment. */
function linkTo(time: RangeSearch): string {
  const address = new URL(window.location.href);
  const { range, from, to } = isLive(time) ? fixedAt(time, windowAt(time, hubNow())) : time;
  for (const [key, value] of Object.entries({ range, from, to }))
    if (value !== undefined) address.searchParams.set(key, String(value));
  return address.href;
}
