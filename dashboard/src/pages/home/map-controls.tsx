import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ChoiceField } from "@/components/choice-field";
import { GroupMenu } from "@/components/group-menu";
import { Segmented } from "@/components/ui/segmented";
import type { Grouping } from "@/lib/fleet-groups";
import type { HomeSearch, Resource } from "@/lib/home-search";
import { metricsQuery } from "@/pages/rules/queries";

const COLORS: readonly { value: Resource | "metric"; label: string }[] = [
  { value: "cpu", label: "CPU" },
  { value: "memory", label: t`Memory` },
  { value: "disk", label: t`Disk` },
  { value: "network", label: t`Network` },
  { value: "metric", label: t({ message: "Other", context: "metric" }) },
];

interface MapControlsProps {
  search: HomeSearch;
  onChange: (search: HomeSearch) => void;
}

/** What colours the cells, and how they are grouped. */
export function MapControls({ search, onChange }: MapControlsProps) {
  const [choosing, setChoosing] = useState(false);
  const { color, metric, by, ...rest } = search;
  const grouped = by === undefined ? rest : { ...rest, by };
  const other = choosing || metric !== undefined;
  const chooseColor = (next: Resource | "metric") => {
    setChoosing(next === "metric");
    if (next === "metric") return;
    onChange(next === "cpu" ? grouped : { ...grouped, color: next });
  };
  const chooseGroup = (next: Grouping | undefined) => {
    const { by: _, ...ungrouped } = search;
    onChange(next === undefined ? ungrouped : { ...ungrouped, by: next });
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Segmented
        label={t`Colour by`}
        value={other ? "metric" : (color ?? "cpu")}
        options={COLORS}
        onChange={chooseColor}
        className="max-w-full overflow-x-auto"
      />
      <GroupMenu value={by} onChange={chooseGroup} />
      {other && <MetricField value={metric ?? ""} onChange={(next) => onChange({ ...grouped, metric: next })} />}
    </div>
  );
}

function MetricField({ value, onChange }: { value: string; onChange: (metric: string) => void }) {
  const { data, isPending } = useQuery(metricsQuery);
  const names = data?.items.map(({ metric }) => metric) ?? [];
  return (
    <div className="w-full sm:w-96">
      <ChoiceField
        label={t`Metric`}
        value={value}
        options={names}
        free={false}
        hint={isPending ? t`Looking which metrics there are…` : t`Of several series an agent shows its highest.`}
        onChange={onChange}
      />
    </div>
  );
}
