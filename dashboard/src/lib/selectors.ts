import { globMatches } from "./globs";
import type { Demand } from "./rule-words";

/** What selectors look at in an agent. */
export interface Selectable {
  name: string;
  type: string;
  environment: string;
  tags: readonly string[];
}

function valuesOf(agent: Selectable, key: string): readonly string[] {
  if (key === "tag") return agent.tags;
  if (key === "agent") return [agent.name];
  if (key === "type") return [agent.type];
  return key === "environment" ? [agent.environment] : [];
}

/** Whether an agent is one of those that a selector is about: every demand must be met. */
export function covers(demands: readonly Demand[], agent: Selectable): boolean {
  return demands.every(({ key, match, values }) => {
    const have = valuesOf(agent, key);
    if (match === "!=") return !have.some((one) => values.includes(one));
    if (match === "~") return have.some((one) => globMatches(values[0] ?? "", one));
    return have.some((one) => values.includes(one));
  });
}
