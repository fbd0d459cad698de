import { t } from "@lingui/core/macro";
import { useMemo } from "react";
import type { Backtest } from "@/api/types";
import { Chart } from "@/charts/chart";
import type { Crosshair } from "@/charts/crosshair";
import type { PlotSeries } from "@/charts/plot";
import { StillSource, timelineFrame } from "@/lib/backtest";

const SERIES: readonly PlotSeries[] = [
  { key: "firing", label: t({ message: "firing", context: "alerts" }), color: "c7" },
  { key: "pending", label: t({ message: "pending", context: "alerts" }), color: "c3", faint: true },
];

/** How many alerts fired, and how many might have, over the time. */
export function TimelineChart({ answer, crosshair }: { answer: Backtest; crosshair: Crosshair }) {
  const source = useMemo(() => new StillSource(timelineFrame(answer)), [answer]);
  return (
    <Chart
      title={t`Alerts over time`}
      unit="1"
      mode="area"
      stepped
      series={SERIES}
      source={source}
      crosshair={crosshair}
      height={132}
    />
  );
}
