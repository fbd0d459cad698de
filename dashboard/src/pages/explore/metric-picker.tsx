import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { asProblem } from "@/api/problem";
import type { KnownMetric } from "@/api/types";
import { ChoiceField } from "@/components/choice-field";
import { displayUnit } from "@/lib/units";
import { metricsQuery } from "@/pages/rules/queries";

interface MetricPickerProps {
  label: string;
  value: string;
  onChange: (metric: string) => void;
}

/** What a metric is measured in and how much there is of it. */
function noteOf({ metric, unit, series }: KnownMetric): string {
  const shown = displayUnit(metric, unit).replace(/[{}]/g, "");
  const count = plural(series, { one: "# series", other: "# series" });
  return shown === "1" || shown === "" ? count : `${shown} · ${count}`;
}

/** Chooses one of the metrics that agents send. */
export function MetricPicker({ label, value, onChange }: MetricPickerProps) {
  const metrics = useQuery(metricsQuery);
  const known = useMemo(() => new Map(metrics.data?.items.map((one) => [one.metric, one])), [metrics.data]);
  const names = useMemo(() => [...known.keys()], [known]);
  return (
    <ChoiceField
      label={label}
      value={value}
      options={names}
      free={false}
      placeholder={t`Part of a metric’s name`}
      note={(name) => {
        const metric = known.get(name);
        return metric === undefined ? "" : noteOf(metric);
      }}
      error={metrics.error === null ? undefined : asProblem(metrics.error).advice}
      {...(metrics.data?.complete === false && { hint: t`There are more series than are counted here.` })}
      onChange={onChange}
    />
  );
}
