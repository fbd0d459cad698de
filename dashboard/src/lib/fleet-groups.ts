import { t } from "@lingui/core/macro";

/** What agents can be grouped by. */
export const GROUPINGS = ["environment", "type", "tag"] as const;
export type Grouping = (typeof GROUPINGS)[number];

interface Groupable {
  type: string;
  environment: string;
  tags: readonly string[];
}

export interface FleetGroup<Item> {
  /** What its agents have in common; empty for those that have none. */
  name: string;
  agents: Item[];
}

const BY_NAME = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** The agents in groups by name, those without any last; an agent with several tags is in the group of each. */
export function groupAgents<Item extends Groupable>(agents: readonly Item[], by: Grouping): FleetGroup<Item>[] {
  const groups = new Map<string, Item[]>();
  for (const agent of agents) {
    const names = by === "tag" ? agent.tags : [agent[by]];
    for (const name of names.length === 0 ? [""] : names) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [agent]);
      else group.push(agent);
    }
  }
  return [...groups]
    .map(([name, members]) => ({ name, agents: members }))
    .sort((one, other) => Number(one.name === "") - Number(other.name === "") || BY_NAME.compare(one.name, other.name));
}

const LACKING: Record<Grouping, string> = { environment: t`No environment`, type: t`No type`, tag: t`No tag` };

/** What a group is called: by its name, or by what its agents lack. */
export function groupTitle(name: string, by: Grouping): string {
  return name === "" ? LACKING[by] : name;
}
