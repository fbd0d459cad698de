import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { CheckMenu } from "@/components/check-menu";
import { Button } from "@/components/ui/button";
import type { DashboardVariable, PanelQuery } from "@/lib/dashboard-spec";
import { agentReferences, exploreQuery, panelQuery } from "@/lib/panel-query";
import { MetricPicker } from "@/pages/explore/metric-picker";
import { QueryControls, type References } from "@/pages/explore/query-controls";
import { startingQuery } from "@/pages/explore/starting-query";
import { metricsQuery } from "@/pages/rules/queries";
import type { PanelContext } from "../panels/panel-context";

interface QueryFieldsProps {
  label: string;
  query: PanelQuery;
  context: PanelContext;
  onChange: (query: PanelQuery) => void;
  /** Null for the only one. */
  onRemove: (() => void) | null;
}

const named = (variables: readonly DashboardVariable[], kind: DashboardVariable["kind"]) =>
  variables.filter((one) => one.kind === kind).map(({ name }) => `$${name}`);

/** What may stand in filters for what variables choose. */
export function referencesOf(variables: readonly DashboardVariable[]): References {
  return {
    environments: named(variables, "environment"),
    types: named(variables, "type"),
    tags: named(variables, "tag"),
    labels: named(variables, "label"),
  };
}

/** A query of a panel, with the controls of Explore. */
export function QueryFields({ label, query, context, onChange, onRemove }: QueryFieldsProps) {
  const { variables, names } = context;
  const known = useQuery(metricsQuery).data?.items;
  const metric = known?.find((one) => one.metric === query.metric);
  const agents = named(variables, "agent");
  const references = agentReferences(query);
  /** A first metric follows what is chosen above the panels; another one is asked of the same machines. */
  const choose = (name: string) => {
    const begin = panelQuery(startingQuery(name, known), []);
    const { environments, types, tags } = referencesOf(variables);
    const followed = { environment: [...environments], type: [...types], tag: [...tags], agent: agents };
    const { environment, type, tag, agent, compare } = query;
    onChange({ ...begin, ...(query.metric === "" ? followed : { environment, type, tag, agent, compare }) });
  };
  return (
    <div className="flex flex-col gap-2.5">
      <div className="flex items-end gap-2">
        <div className="min-w-0 max-w-xl flex-1">
          <MetricPicker label={label} value={query.metric} onChange={choose} />
        </div>
        {onRemove !== null && (
          <Button variant="ghost" size="icon" className="h-9" aria-label={t`Remove ${label}`} onClick={onRemove}>
            <Trash2 className="size-4" aria-hidden />
          </Button>
        )}
      </div>
      {query.metric !== "" && (
        <div className="flex flex-wrap gap-2">
          <QueryControls
            query={exploreQuery(query)}
            metric={metric}
            names={names}
            references={referencesOf(variables)}
            onChange={(next) => onChange(panelQuery(next, references))}
          />
          {(agents.length > 0 || references.length > 0) && (
            <CheckMenu
              label={t`Agent of`}
              options={agents}
              value={references}
              onChange={(chosen) => onChange(panelQuery(exploreQuery(query), chosen))}
            />
          )}
        </div>
      )}
    </div>
  );
}
