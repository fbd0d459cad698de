import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { asProblem } from "@/api/problem";
import { fetchMetricSeries } from "@/api/rules";
import type { Backtest, Episode } from "@/api/types";
import type { Crosshair } from "@/charts/crosshair";
import type { Limit, PlotSeries, Span } from "@/charts/plot";
import { Skeleton } from "@/components/ui/skeleton";
import { type Drawn, StillSource, valueFrame } from "@/lib/backtest";
import { describeLabels } from "@/lib/series";
import { displayUnit } from "@/lib/units";
import { ChartPanel } from "@/pages/chart/chart-panel";

interface ValueChartProps {
  drawn: Drawn;
  answer: Backtest;
  episode: Episode;
  /** Of its agent. */
  name: string;
  crosshair: Crosshair;
}

/** What the metric of one target did, with the times at which the rule would have fired behind it. */
export function ValueChart({ answer, episode, name, crosshair, drawn }: ValueChartProps) {
  const agent = episode.agent_id ?? 0;
  const metrics = drawn.per === null ? [drawn.metric] : [drawn.metric, drawn.per];
  const { start: from, end: to } = answer;
  const series = useQuery({
    queryKey: ["backtest-series", agent, metrics, from, to],
    queryFn: ({ signal }) => fetchMetricSeries({ agent, metrics, from, to }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { labels, threshold } = episode;
  const source = useMemo(() => {
    if (series.data === undefined) return null;
    const { step, gaps } = series.data;
    return new StillSource(valueFrame(series.data.series, { drawn, labels, from, to, step, gaps }));
  }, [series.data, drawn, labels, from, to]);
  const spans = useMemo(() => spansOf(answer, episode), [answer, episode]);
  const lines = useMemo<PlotSeries[]>(() => [{ key: "value", label: drawn.metric, color: "c1" }], [drawn.metric]);
  const limits = useMemo<Limit[]>(
    () => (drawn.comparable && threshold !== null ? [{ value: threshold, label: t`threshold` }] : []),
    [drawn.comparable, threshold],
  );
  if (series.isError) return <p className="text-bad">{asProblem(series.error).advice}</p>;
  if (source === null) return <Skeleton className="h-56" />;
  const unit = series.data?.series.find(({ metric }) => metric === drawn.metric)?.unit ?? "1";
  const told = Object.keys(labels).length === 0 ? name : `${name} · ${describeLabels(labels)}`;
  return (
    <div>
      <ChartPanel
        title={told}
        unit={drawn.per === null ? displayUnit(drawn.metric, unit) : "%"}
        mode="line"
        series={lines}
        source={source}
        crosshair={crosshair}
        height={196}
        spans={spans}
        limits={limits}
      />
      <p className="mt-1 text-muted text-xs">
        <Trans>Red: an alert fires. Yellow: it holds, but not for long enough yet.</Trans>
      </p>
    </div>
  );
}

/** The episodes of the same target, and the times for which they were pending. */
function spansOf(answer: Backtest, { agent_id: agent, labels }: Episode): Span[] {
  const same = answer.episodes.filter(
    (one) => one.agent_id === agent && describeLabels(one.labels) === describeLabels(labels),
  );
  return same.flatMap(({ pending_at: pending, fired_at: fired, resolved_at: resolved }): Span[] => [
    { from: pending, to: fired, color: "warn" },
    { from: fired, to: resolved ?? answer.end, color: "bad" },
  ]);
}
