import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { fetchMetric } from "@/api/calls";
import type { IncidentAlert, IncidentDetail } from "@/api/types";
import { Crosshair } from "@/charts/crosshair";
import { SERIES_COLORS } from "@/charts/palette";
import type { PlotSeries, Span } from "@/charts/plot";
import { isEverything } from "@/lib/access";
import { hubNow } from "@/lib/clock";
import { concernsSeries, type Leaf, leavesOf } from "@/lib/rule-series";
import { describeLabels, seriesKey } from "@/lib/series";
import { displayUnit, formatAxisValue } from "@/lib/units";
import { ChartPanel } from "@/pages/chart/chart-panel";
import { ruleQuery } from "@/pages/rules/queries";
import { ALERTING } from "@/state/alerting";
import { SeriesStore } from "@/state/series-store";
import { useUser } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";

/** Alerts whose metric is drawn. */
const FIRST = 4;
const MAX_SERIES = 8;
/** How often what still goes on is drawn anew, in milliseconds. */
const RENEW_MS = 15_000;
const POINTS = 400;

/** Whether there are samples, and a threshold to draw them with. */
function isDrawn({ agent, agent_deleted, moved_to, rule_deleted }: IncidentAlert): boolean {
  return moved_to === null && agent !== null && agent > 0 && !agent_deleted && !rule_deleted;
}

/** The metrics of the first alerts around the incident, with the thresholds of their rules. */
export function AlertCharts({ incident }: { incident: IncidentDetail }) {
  // Rules are for those who see all agents.
  const everywhere = isEverything(useUser().scope);
  const [crosshair] = useState(() => new Crosshair());
  const drawn = incident.members.filter(isDrawn).slice(0, FIRST);
  if (!everywhere || drawn.length === 0) return null;
  return (
    <section aria-label={t`Charts`} className="grid gap-3 xl:grid-cols-2 xl:[&>:last-child:nth-child(odd)]:col-span-2">
      {drawn.map((alert) => (
        <RuleCharts key={alert.fingerprint} alert={alert} incident={incident} crosshair={crosshair} />
      ))}
    </section>
  );
}

interface RuleChartsProps {
  alert: IncidentAlert;
  incident: IncidentDetail;
  crosshair: Crosshair;
}

function RuleCharts({ alert, incident, crosshair }: RuleChartsProps) {
  const { data } = useQuery(ruleQuery(alert.rule));
  const leaves = useMemo(() => (data === undefined ? [] : leavesOf(data.rule.definition).slice(0, 2)), [data]);
  const override = data?.overrides.find((one) => one.agent === alert.agent)?.threshold ?? null;
  return leaves.map((leaf) => (
    <LeafChart
      key={`${leaf.metric} ${leaf.op} ${leaf.threshold}`}
      leaf={override === null || leaf.threshold === null ? leaf : { ...leaf, threshold: override }}
      alert={alert}
      incident={incident}
      crosshair={crosshair}
    />
  ));
}

function LeafChart({ leaf, alert, incident, crosshair }: RuleChartsProps & { leaf: Leaf }) {
  const now = useHubNow(RENEW_MS);
  const begin = Date.parse(incident.opened_at) / 1000;
  const first = Math.min(begin, Date.parse(alert.since) / 1000);
  const ended = incident.resolved_at === null ? null : Date.parse(incident.resolved_at) / 1000;
  const last = ended === null ? now : Math.min(now, ended + 600);
  const around = Math.max(600, (last - first) / 2);
  const from = Math.floor(first - around);
  const to = Math.ceil(last);
  const agent = alert.agent ?? 0;
  const { data } = useQuery({
    queryKey: [ALERTING, "metric", agent, leaf.metric, from, to],
    queryFn: ({ signal }) => fetchMetric(leaf.metric, { agent, from, to, points: POINTS }, signal),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (previous) => previous,
  });
  const [store] = useState(() => new SeriesStore(hubNow));
  useEffect(() => {
    if (data === undefined) return;
    store.show({ from: data.from, to: data.to });
    store.load(data);
  }, [store, data]);
  const found = useMemo(
    () => (data?.series ?? []).filter((one) => concernsSeries(leaf, alert.labels, one.labels)).slice(0, MAX_SERIES),
    [data, leaf, alert.labels],
  );
  const names = found.map((one) => seriesKey(one.metric, one.labels)).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: new samples of the same series are the same chart
  const series = useMemo(
    () =>
      found.map(
        (one, at): PlotSeries => ({
          key: seriesKey(one.metric, one.labels),
          label: Object.keys(one.labels).length === 0 ? leaf.metric : describeLabels(one.labels),
          color: SERIES_COLORS[at % SERIES_COLORS.length] ?? "c1",
        }),
      ),
    [names],
  );
  const unit = displayUnit(leaf.metric, found[0]?.unit ?? "1");
  const { metric, threshold, op } = leaf;
  const { agent_name: name } = alert;
  const limits = useMemo(
    () => (threshold === null ? [] : [{ value: threshold, label: `${op} ${formatAxisValue(threshold, unit)}` }]),
    [threshold, op, unit],
  );
  const spans = useMemo(
    (): Span[] => [{ from: begin, to: ended ?? Number.MAX_SAFE_INTEGER, color: "bad" }],
    [begin, ended],
  );
  if (series.length === 0) return null;
  return (
    <ChartPanel
      title={t`${metric} of ${name}`}
      unit={unit}
      mode="line"
      series={series}
      source={store}
      crosshair={crosshair}
      limits={limits}
      spans={spans}
    />
  );
}
