import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { Panel, PanelThreshold, StatPanel } from "@/lib/dashboard-spec";
import { SEVERITY_WORDS } from "@/lib/severity-words";
import { displayUnit } from "@/lib/units";
import { OptionMenu } from "@/pages/explore/option-menu";
import { metricsQuery } from "@/pages/rules/queries";

const MOST = 4;
const OPS = [
  { value: "above", label: t({ message: "above", context: "threshold" }) },
  { value: "below", label: t({ message: "below", context: "threshold" }) },
] as const;
const SEVERITIES = [
  { value: "warning", label: SEVERITY_WORDS.warning },
  { value: "critical", label: SEVERITY_WORDS.critical },
] as const;

/** From which values on a stat is a warning or critical. */
export function ThresholdFields({ panel, onChange }: { panel: StatPanel; onChange: (panel: Panel) => void }) {
  const { thresholds, queries } = panel;
  const name = queries[0]?.metric ?? "";
  const metric = useQuery(metricsQuery).data?.items.find((one) => one.metric === name);
  const unit = metric === undefined || queries[0]?.across === "count" ? "1" : displayUnit(name, metric.unit);
  // Shares are kept as such and written in per cent, as everywhere.
  const scale = unit === "%" ? 100 : 1;
  const put = (next: PanelThreshold[]) => onChange({ ...panel, thresholds: next });
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>Thresholds</Trans>
      </legend>
      {thresholds.map((one, at) => {
        const number = at + 1;
        const change = (part: Partial<PanelThreshold>) => put(thresholds.with(at, { ...one, ...part }));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: thresholds are known by their place
          <div key={at} className="flex flex-wrap items-center gap-2">
            <OptionMenu
              label={t`It is`}
              value={one.severity}
              usual={one.severity}
              options={SEVERITIES}
              onChange={(severity) => change({ severity })}
            />
            <OptionMenu label={t`when`} value={one.op} usual={one.op} options={OPS} onChange={(op) => change({ op })} />
            <input
              type="number"
              step="any"
              required
              aria-label={t`Value of threshold ${number}`}
              defaultValue={Number((one.value * scale).toPrecision(12))}
              onChange={({ target }) => target.value !== "" && change({ value: target.valueAsNumber / scale })}
              className="touch h-8 w-28 rounded-md border border-edge bg-surface px-2.5 text-sm max-sm:text-base"
            />
            <span className="text-muted">{unit === "1" ? "" : unit.replace(/[{}]/g, "")}</span>
            <Button
              variant="ghost"
              size="icon"
              aria-label={t`Remove threshold ${number}`}
              onClick={() => put(thresholds.toSpliced(at, 1))}
            >
              <Trash2 className="size-4" aria-hidden />
            </Button>
          </div>
        );
      })}
      {thresholds.length < MOST && (
        <Button
          className="self-start"
          onClick={() => put([...thresholds, { op: "above", value: unit === "%" ? 0.9 : 0, severity: "warning" }])}
        >
          <Plus className="size-4" aria-hidden />
          <Trans>Add a threshold</Trans>
        </Button>
      )}
    </fieldset>
  );
}
