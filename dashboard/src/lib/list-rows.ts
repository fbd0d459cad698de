import { type Grouping, groupAgents } from "./fleet-groups";

interface Listed {
  type: string;
  environment: string;
  tags: readonly string[];
}

/**
 * A line of the list: the title of a group, or as many agents as stand beside each other. `position` counts titles and
 * agents from 0, as if each had a line of its own: that of the first of them.
 */
export type ListRow<Item> =
  | { kind: "group"; position: number; name: string; count: number; collapsed: boolean }
  | { kind: "agents"; position: number; group: string; agents: Item[] };

/** The lines of a list, `columns` agents in each; of groups that are collapsed the title alone. */
export function listRows<Item extends Listed>(
  agents: readonly Item[],
  by: Grouping | undefined,
  collapsed: ReadonlySet<string>,
  columns: number,
): ListRow<Item>[] {
  const rows: ListRow<Item>[] = [];
  let position = 0;
  const add = (group: string, members: readonly Item[]) => {
    for (let at = 0; at < members.length; at += columns) {
      rows.push({ kind: "agents", position: position + at, group, agents: members.slice(at, at + columns) });
    }
    position += members.length;
  };
  if (by === undefined) add("", agents);
  else {
    for (const { name, agents: members } of groupAgents(agents, by)) {
      const shut = collapsed.has(name);
      rows.push({ kind: "group", position, name, count: members.length, collapsed: shut });
      position += 1;
      if (!shut) add(name, members);
    }
  }
  return rows;
}
