// Between the queries of panels, in which "$name" may stand for a choice, and those that Explore asks.
import { t } from "@lingui/core/macro";
import type { DashboardSpec, DashboardVariable, MapPanel, Panel, PanelQuery } from "./dashboard-spec";
import { EMPTY_QUERY, type ExploreQuery } from "./explore-search";

/** What is chosen, by variable; of a variable that is not there all are. */
export type Chosen = Readonly<Record<string, string>>;

const REFERENCE = /^\$([a-z][a-z0-9_]{0,31})$/;

/** The name of the variable that a text stands for; null for a text that is meant as it is. */
function referred(text: string, variables: readonly DashboardVariable[], kind: DashboardVariable["kind"]) {
  const name = REFERENCE.exec(text)?.[1];
  return variables.some((one) => one.name === name && one.kind === kind) ? (name ?? null) : null;
}

/** The values that a filter keeps; none, which is all, where a variable in it leaves all open. */
function filterOf(
  values: readonly string[],
  kind: DashboardVariable["kind"],
  variables: readonly DashboardVariable[],
  chosen: Chosen,
): string[] {
  const kept: string[] = [];
  for (const value of values) {
    const name = referred(value, variables, kind);
    const meant = name === null ? value : chosen[name];
    if (meant === undefined) return [];
    kept.push(meant);
  }
  return [...new Set(kept)];
}

/** What a query of a panel asks while this is chosen. */
export function resolvedQuery(
  query: PanelQuery,
  variables: readonly DashboardVariable[],
  chosen: Chosen,
): ExploreQuery {
  const labels = Object.entries(query.labels).flatMap(([key, value]) => {
    const [meant] = filterOf([value], "label", variables, chosen);
    return meant === undefined ? [] : [[key, meant] as const];
  });
  const agents = filterOf(query.agent.map(String), "agent", variables, chosen);
  return {
    ...exploreQuery(query),
    labels: Object.fromEntries(labels),
    agents: agents.map(Number).filter(Number.isSafeInteger),
    environments: filterOf(query.environment, "environment", variables, chosen),
    types: filterOf(query.type, "type", variables, chosen),
    tags: filterOf(query.tag, "tag", variables, chosen),
  };
}

/** The agents that a map shows while this is chosen. */
export function mapFilter(panel: MapPanel, variables: readonly DashboardVariable[], chosen: Chosen) {
  const environments = filterOf(panel.environment, "environment", variables, chosen);
  const types = filterOf(panel.type, "type", variables, chosen);
  const tags = filterOf(panel.tag, "tag", variables, chosen);
  return (agent: { environment: string; type: string; tags: readonly string[] }) =>
    (environments.length === 0 || environments.includes(agent.environment)) &&
    (types.length === 0 || types.includes(agent.type)) &&
    (tags.length === 0 || tags.some((tag) => agent.tags.includes(tag)));
}

/** The query as the controls of Explore hold it; what stands for a choice stays as it is, but for agents. */
export function exploreQuery(query: PanelQuery): ExploreQuery {
  const { metric, labels, environment, type, tag, agg, across, by, top, bottom, compare } = query;
  const count = top ?? bottom;
  return {
    ...EMPTY_QUERY,
    ...{ metric, labels, agg, across, by, compare },
    agents: query.agent.filter((one) => typeof one === "number"),
    environments: environment,
    types: type,
    tags: tag,
    rank: count === null ? null : { order: top === null ? "bottom" : "top", count },
  };
}

/** The query of a panel that asks what a query of Explore asks; `references` are variables of agents, as "$name". */
export function panelQuery(query: ExploreQuery, references: readonly string[]): PanelQuery {
  const { metric, agg, across, compare, rank } = query;
  return {
    ...{ metric, agg, across, compare, labels: { ...query.labels }, by: [...query.by] },
    agent: [...query.agents, ...references],
    environment: [...query.environments],
    type: [...query.types],
    tag: [...query.tags],
    top: rank?.order === "top" ? rank.count : null,
    bottom: rank?.order === "bottom" ? rank.count : null,
  };
}

/** The variables of agents in a query, as "$name". */
export function agentReferences(query: PanelQuery): string[] {
  return query.agent.filter((one) => typeof one === "string");
}

/** A text with what is chosen in the place of "$name"; what is no variable stays as it is. */
export function filledText(
  text: string,
  variables: readonly DashboardVariable[],
  chosen: Chosen,
  names: ReadonlyMap<number, string>,
): string {
  return text.replace(/\$([a-z][a-z0-9_]{0,31})/g, (whole, name: string) => {
    const variable = variables.find((one) => one.name === name);
    if (variable === undefined) return whole;
    const value = chosen[name];
    if (value === undefined) return t({ message: "all", context: "variable" });
    return variable.kind === "agent" ? (names.get(Number(value)) ?? t`agent ${value}`) : value;
  });
}

/** The specification without what stands for variables that are there no more. */
export function withoutVariables(spec: DashboardSpec, gone: readonly DashboardVariable[]): DashboardSpec {
  const panels = spec.panels.map((panel): Panel => {
    if ("queries" in panel)
      return {
        ...panel,
        queries: panel.queries.map((query) => gone.reduce((left, { name }) => withoutReference(left, name), query)),
      };
    if (panel.kind !== "map") return panel;
    const left = (values: string[]) => values.filter((one) => !gone.some(({ name }) => one === `$${name}`));
    return { ...panel, environment: left(panel.environment), type: left(panel.type), tag: left(panel.tag) };
  });
  return { ...spec, panels };
}

/** A query without what stands for a variable. */
function withoutReference(query: PanelQuery, name: string): PanelQuery {
  const reference = `$${name}`;
  const others = <Value>(values: readonly Value[]) => values.filter((one) => one !== reference);
  return {
    ...query,
    labels: Object.fromEntries(Object.entries(query.labels).filter(([, value]) => value !== reference)),
    agent: others(query.agent),
    environment: others(query.environment),
    type: others(query.type),
    tag: others(query.tag),
  };
}
