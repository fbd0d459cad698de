import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { CheckMenu } from "@/components/check-menu";
import { Switch } from "@/components/switch";
import { TextArea } from "@/components/text-area";
import { Button } from "@/components/ui/button";
import { MAX_QUERIES, type MapPanel, type Panel, type PanelQuery, PLAIN_QUERY } from "@/lib/dashboard-spec";
import type { HomeSearch } from "@/lib/home-search";
import { defined } from "@/lib/search-params";
import { facetsQuery } from "@/pages/api-tokens/queries";
import { MapControls } from "@/pages/home/map-controls";
import type { PanelContext } from "../panels/panel-context";
import { QueryFields, referencesOf } from "./query-fields";
import { ThresholdFields } from "./threshold-fields";

interface PanelFieldsProps<One extends Panel = Panel> {
  panel: One;
  context: PanelContext;
  onChange: (panel: Panel) => void;
}

/** What a panel of its kind can be told. */
export function PanelFields({ panel, context, onChange }: PanelFieldsProps) {
  switch (panel.kind) {
    case "timeseries":
      return (
        <div className="flex flex-col gap-4">
          <Queries panel={panel} context={context} onChange={onChange} />
          <div className="flex flex-wrap items-center gap-4">
            {panel.queries.length < MAX_QUERIES && (
              <Button onClick={() => onChange({ ...panel, queries: [...panel.queries, PLAIN_QUERY] })}>
                <Plus className="size-4" aria-hidden />
                <Trans>Add a query</Trans>
              </Button>
            )}
            <span className="flex items-center gap-2">
              <span aria-hidden>
                <Trans>Stacked</Trans>
              </span>
              <Switch
                label={t`Stacked`}
                checked={panel.stacked}
                onChange={(stacked) => onChange({ ...panel, stacked })}
              />
            </span>
          </div>
        </div>
      );
    case "stat":
      return (
        <div className="flex flex-col gap-4">
          <Queries panel={panel} context={context} onChange={onChange} />
          <ThresholdFields panel={panel} onChange={onChange} />
        </div>
      );
    case "table":
      return <Queries panel={panel} context={context} onChange={onChange} />;
    case "map":
      return <MapFields panel={panel} context={context} onChange={onChange} />;
    case "incidents":
      return (
        <p className="text-muted">
          <Trans>It shows the open incidents that each reader sees, the gravest first.</Trans>
        </p>
      );
    case "text":
      return (
        <TextArea
          label={t`Text`}
          rows={8}
          maxLength={5000}
          hint={t`Lines stay as you write them. $name is filled with what a variable chose.`}
          value={panel.text}
          onChange={({ target }) => onChange({ ...panel, text: target.value })}
        />
      );
  }
}

type Asking = Extract<Panel, { queries: PanelQuery[] }>;

function Queries({ panel, context, onChange }: PanelFieldsProps<Asking>) {
  const { queries } = panel;
  return queries.map((query, at) => {
    const number = at + 1;
    return (
      <QueryFields
        // biome-ignore lint/suspicious/noArrayIndexKey: queries are known by their place
        key={at}
        label={queries.length === 1 ? t`Metric` : t`Metric ${number}`}
        query={query}
        context={context}
        onChange={(next) => onChange({ ...panel, queries: queries.with(at, next) })}
        onRemove={queries.length === 1 ? null : () => onChange({ ...panel, queries: queries.toSpliced(at, 1) })}
      />
    );
  });
}

function MapFields({ panel, context, onChange }: PanelFieldsProps<MapPanel>) {
  const facets = useQuery(facetsQuery).data;
  const references = referencesOf(context.variables);
  const search: HomeSearch = defined({
    color: panel.color === "cpu" ? undefined : panel.color,
    metric: panel.metric === "" ? undefined : panel.metric,
    by: panel.by ?? undefined,
  });
  return (
    <div className="flex flex-col gap-3">
      <MapControls
        search={search}
        onChange={({ color, metric = "", by = null }) => onChange({ ...panel, color: color ?? "cpu", metric, by })}
      />
      <div className="flex flex-wrap gap-2">
        {(
          [
            [t`Environments`, "environment", facets?.environments, references.environments],
            [t`Types`, "type", facets?.types, references.types],
            [t`Tags`, "tag", facets?.tags, references.tags],
          ] as const
        ).map(([label, key, known = [], named]) => (
          <CheckMenu
            key={key}
            label={label}
            options={[...named, ...known]}
            value={panel[key]}
            onChange={(chosen) => onChange({ ...panel, [key]: chosen })}
          />
        ))}
      </div>
    </div>
  );
}
