import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { lazy, Suspense, useCallback, useMemo, useRef } from "react";
import { asProblem } from "@/api/problem";
import type { KnownMetric } from "@/api/types";
import type { Crosshair } from "@/charts/crosshair";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { hubNow } from "@/lib/clock";
import type { Line } from "@/lib/explore";
import type { ExploreQuery } from "@/lib/explore-search";
import { formatCount } from "@/lib/language";
import type { TimeMark } from "@/lib/marks";
import type { RangeSearch } from "@/lib/range";
import { formatAgo } from "@/lib/time";
import { displayUnit } from "@/lib/units";
import { useWidth } from "@/state/use-width";
import { GroupChart, useColors } from "./group-chart";
import { useGroups } from "./use-groups";
import { compareWord, groupWords, queryWords } from "./words";

const GroupTable = lazy(() => import("./group-table").then((module) => ({ default: module.GroupTable })));
const NO_LINES: Line[] = [];

interface ResultProps {
  query: ExploreQuery;
  metric: KnownMetric | undefined;
  names: ReadonlyMap<number, string>;
  range: RangeSearch;
  crosshair: Crosshair;
  height: number;
  marks: readonly TimeMark[];
  onChange: (query: ExploreQuery) => void;
  onZoom: (from: number, to: number) => void;
  onReset: () => void;
}

/** What a query came to: its chart and its table, or why there is nothing. */
export function Result({
  query,
  metric,
  names,
  range,
  crosshair,
  height,
  marks,
  onChange,
  onZoom,
  onReset,
}: ResultProps) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const answer = useGroups(query, range, width);
  const groups = answer.data;
  const lines = groups?.lines ?? NO_LINES;
  const colorOf = useColors(lines);
  const { across } = query;
  const nameOf = useCallback((line: Line) => groupWords({ across }, line.group, names), [across, names]);
  const unit = useMemo(
    () => (across === "count" ? "1" : displayUnit(query.metric, groups?.unit ?? "1")),
    [across, query.metric, groups?.unit],
  );
  const solo = lines.some(({ key }) => key === query.solo) ? query.solo : null;
  return (
    <div ref={place} className="mt-3 min-w-0">
      {answer.error !== null && <Failure error={answer.error} onRetry={() => void answer.refetch()} />}
      {groups === undefined && answer.error === null && <Skeleton className="h-80" />}
      {groups !== undefined && answer.error === null && lines.length === 0 && <Nothing query={query} metric={metric} />}
      {groups !== undefined && answer.error === null && lines.length > 0 && (
        <>
          <GroupChart
            title={queryWords(query)}
            {...{ groups, unit, nameOf, colorOf, solo, crosshair, height, marks, onZoom, onReset }}
            compareOf={() => query.compare}
          />
          <div className="card mt-2 overflow-hidden">
            <Summary query={query} shown={lines.length} total={groups.total} />
            <Suspense fallback={<Skeleton className="h-40" />}>
              <GroupTable
                {...{ lines, nameOf, colorOf, unit, range, solo }}
                compared={query.compare > 0}
                onSolo={(key) => onChange({ ...query, solo: key })}
              />
            </Suspense>
          </div>
        </>
      )}
    </div>
  );
}

/** What of all groups the table shows, and what it is held against. */
function Summary({ query, shown, total }: { query: ExploreQuery; shown: number; total: number }) {
  const [all, time] = [formatCount(total), compareWord(query.compare)];
  const ranked =
    query.rank?.order === "bottom"
      ? t`The ${shown} lowest of ${all} groups, by their average.`
      : t`The ${shown} highest of ${all} groups, by their average.`;
  const parts = [
    ...(total > shown ? [ranked] : []),
    ...(query.compare > 0 ? [t`Dashed, and in “Change”: the same time ${time} earlier.`] : []),
  ];
  if (parts.length === 0) return null;
  return <p className="border-b px-3.5 py-2 text-muted text-xs">{parts.join(" ")}</p>;
}

/** No data in this time: whether there ever was any, and what to do. */
function Nothing({ query, metric }: { query: ExploreQuery; metric: KnownMetric | undefined }) {
  const name = query.metric;
  const seen = metric === undefined ? null : formatAgo(new Date(metric.newest * 1000).toISOString(), hubNow());
  return (
    <div className="card p-8 text-center">
      <p className="font-medium">
        <Trans>No data in this time</Trans>
      </p>
      <p className="mx-auto mt-1 max-w-prose text-muted">
        {seen === null
          ? t`No agent that you see sends ${name} now. Choose an earlier time if it was sent before, or another metric.`
          : t`The newest sample of ${name} came ${seen}. Choose another time, or ask for more machines and series.`}
      </p>
    </div>
  );
}

/** Why there is no answer. */
function Failure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const problem = asProblem(error);
  const tooMany = problem.about("by");
  if (tooMany !== undefined)
    return (
      <Notice title={t`Too many groups to rank`}>
        <Trans>This {tooMany}. Choose fewer machines, ask for one value of a label, or group by less.</Trans>
      </Notice>
    );
  return (
    <Notice title={t`The query was not answered`} onRetry={onRetry}>
      {problem.advice}
    </Notice>
  );
}
