import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import type { Why } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { isEverything } from "@/lib/access";
import { defined } from "@/lib/search-params";
import { fromLocalField, toLocalField } from "@/lib/time";
import { AgentChip } from "@/pages/alerting/agent-chip";
import { AgentSelect } from "@/pages/alerting/agent-select";
import { metricsQuery, ruleNamesQuery } from "@/pages/rules/queries";
import { useUser } from "@/state/session";

const route = getRouteApi("/app/alerts/why");

/** What is asked: an agent, a rule or a metric, and when. What an answer found out stands in the form, too. */
export function WhyForm({ answer }: { answer: Why | undefined }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const id = useId();
  const everywhere = isEverything(useUser().scope);
  const { data: rules = [] } = useQuery({ ...ruleNamesQuery, enabled: everywhere });
  const { data: metrics } = useQuery({ ...metricsQuery, enabled: everywhere });
  const [agent, setAgent] = useState(search.agent ?? answer?.agent?.id);
  const [rule, setRule] = useState(search.rule ?? (search.metric === undefined ? answer?.rule?.id : undefined));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const metric = String(form.get("metric") ?? "").trim();
    const at = fromLocalField(String(form.get("at")));
    void navigate({
      search: defined({
        agent,
        rule,
        metric: rule === undefined && metric !== "" ? metric : undefined,
        at: at === null ? undefined : Math.floor(at),
      }),
    });
  };
  return (
    <form
      onSubmit={submit}
      className="card grid gap-4 px-5 py-4 sm:grid-cols-2 lg:grid-cols-[auto_1fr_1fr_1fr_auto] lg:items-end"
    >
      <div className="flex flex-col items-start gap-1.5">
        <span className="font-medium text-sm">
          <Trans>Agent</Trans>
        </span>
        {agent === undefined ? (
          <AgentSelect label={t`Choose`} onChange={(one) => setAgent(one.id)} />
        ) : (
          <AgentChip id={agent} onRemove={() => setAgent(undefined)} />
        )}
      </div>
      {everywhere && (
        <div className="flex min-w-0 flex-col gap-1.5">
          <label htmlFor={`${id}-rule`} className="font-medium text-sm">
            <Trans>Rule</Trans>
          </label>
          <select
            id={`${id}-rule`}
            className="touch h-9 w-full rounded-md border border-edge bg-surface px-2 text-sm max-sm:text-base"
            value={rule ?? ""}
            onChange={(event) => setRule(event.target.value === "" ? undefined : Number(event.target.value))}
          >
            <option value="">
              <Trans>any that reads the metric</Trans>
            </option>
            {rules.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </div>
      )}
      <Field
        label={t`or metric`}
        name="metric"
        list={`${id}-metrics`}
        disabled={rule !== undefined}
        defaultValue={search.metric ?? ""}
        placeholder="system.cpu.utilization"
        autoComplete="off"
      />
      <datalist id={`${id}-metrics`}>
        {metrics?.items.map(({ metric: name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Field
        label={t`When (empty: now)`}
        name="at"
        type="datetime-local"
        step={1}
        defaultValue={search.at === undefined ? "" : toLocalField(search.at)}
      />
      <Button type="submit" variant="primary" className="h-9">
        <Trans>Ask</Trans>
      </Button>
    </form>
  );
}
