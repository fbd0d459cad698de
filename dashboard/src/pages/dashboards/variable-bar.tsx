import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import type { DashboardVariable } from "@/lib/dashboard-spec";
import type { Chosen } from "@/lib/panel-query";
import { AgentSelect } from "@/pages/alerting/agent-select";
import { facetsQuery } from "@/pages/api-tokens/queries";
import { OptionMenu } from "@/pages/explore/option-menu";
import { metricsQuery } from "@/pages/rules/queries";

const ALL = "";
const ALL_LABEL = t({ message: "All", context: "values of a variable" });

interface VariableBarProps {
  variables: readonly DashboardVariable[];
  chosen: Chosen;
  names: ReadonlyMap<number, string>;
  /** Undefined for all. */
  onChoose: (name: string, value: string | undefined) => void;
}

/** What can be chosen of all panels at once. */
export function VariableBar({ variables, chosen, names, onChoose }: VariableBarProps) {
  if (variables.length === 0) return null;
  return (
    <section aria-label={t`Variables`} className="mb-4 flex flex-wrap gap-2">
      {variables.map((variable) => {
        const { name } = variable;
        const value = chosen[name];
        const choose = (next: string | undefined) => onChoose(name, next);
        return variable.kind === "agent" ? (
          <AgentVariable key={name} {...{ variable, value, names }} onChoose={choose} />
        ) : (
          <TextVariable key={name} variable={variable} value={value ?? ALL} onChoose={choose} />
        );
      })}
    </section>
  );
}

/** How a variable is called. */
export function variableLabel({ name, label }: DashboardVariable): string {
  return label === "" ? name : label;
}

interface TextVariableProps {
  variable: DashboardVariable;
  value: string;
  onChoose: (value: string | undefined) => void;
}

function TextVariable({ variable, value, onChoose }: TextVariableProps) {
  const { kind, metric, key } = variable;
  const facets = useQuery({ ...facetsQuery, enabled: kind !== "label" }).data;
  const metrics = useQuery({ ...metricsQuery, enabled: kind === "label" }).data;
  const known = {
    environment: facets?.environments,
    type: facets?.types,
    tag: facets?.tags,
    label: metrics?.items.find((one) => one.metric === metric)?.labels[key],
    agent: undefined,
  }[kind];
  const options = [...new Set([...(known ?? []), ...(value === ALL ? [] : [value])])];
  return (
    <OptionMenu
      label={variableLabel(variable)}
      value={value}
      usual={ALL}
      options={[{ value: ALL, label: ALL_LABEL }, ...options.map((one) => ({ value: one, label: one }))]}
      onChange={(next) => onChoose(next === ALL ? undefined : next)}
    />
  );
}

interface AgentVariableProps {
  variable: DashboardVariable;
  value: string | undefined;
  names: ReadonlyMap<number, string>;
  onChoose: (value: string | undefined) => void;
}

function AgentVariable({ variable, value, names, onChoose }: AgentVariableProps) {
  const label = variableLabel(variable);
  const name = value === undefined ? ALL_LABEL : (names.get(Number(value)) ?? t`Agent ${value}`);
  return (
    <span className="inline-flex">
      <AgentSelect label={`${label}: ${name}`} onChange={({ id }) => onChoose(String(id))} />
      {value !== undefined && (
        <button
          type="button"
          aria-label={t`All of ${label}`}
          onClick={() => onChoose(undefined)}
          className="touch grid size-8 place-items-center text-muted hover:text-text"
        >
          <X className="size-3.5" aria-hidden />
        </button>
      )}
    </span>
  );
}
