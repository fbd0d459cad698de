import { type Grouping, groupAgents } from "./fleet-groups";

interface Listed {
  type: string;
  environment: string;
  tags: readonly string[];
}

/** A line of the list: the title of a group, or as many agents as stand beside each other. */
export type ListRow<Item> =
  | { kind: "group"; name: string; count: number; collapsed: boolean }
  | { kind: "agents"; group: string; agents: Item[] };

/** The lines of a list, `columns` agents in each; of groups that are collapsed the title alone. */
export function listRows<Item extends Listed>(
  agents: readonly Item[],
  by: Grouping | undefined,
  collapsed: ReadonlySet<string>,
  columns: number,
): ListRow<Item>[] {
  const rows: ListRow<Item>[] = [];
  const add = (group: string, members: readonly Item[]) => {
    for (let at = 0; at < members.length; at += columns)
      rows.push({ kind: "agents", group, agents: members.slice(at, at + columns) });
  };
  if (by === undefined) add("", agents);
  else {
    for (const { name, agents: members } of groupAgents(agents, by)) {
      const shut = collapsed.has(name);
      rows.push({ kind: "group", name, count: members.length, collapsed: shut });
      if (!shut) add(name, members);
    }
  }
  return rows;
}
