import { GROUPINGS, type Grouping } from "./fleet-groups";
import { choicesParam } from "./search-params";

/** What filtering and sorting need to know of an agent. */
export interface FleetItem {
  id: number;
  name: string;
  host: string;
  type: string;
  environment: string;
  tags: string[];
  status: string;
  summary: {
    cpu: number | null;
    memory: number | null;
    disk: number | null;
    network_receive: number | null;
    network_transmit: number | null;
  };
}

export const SORT_KEYS = ["name", "status", "environment", "cpu", "memory", "disk", "network"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** What the URL of the agents list holds; left out means "all" or the default. */
export interface FleetSearch {
  q?: string;
  status?: string[];
  type?: string[];
  environment?: string[];
  tag?: string[];
  sort?: SortKey;
  descending?: boolean;
  by?: Grouping;
}

export const FILTER_KEYS = ["status", "type", "environment", "tag"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

function words(value: unknown): string[] | undefined {
  const list = (Array.isArray(value) ? value : value === undefined ? [] : [value])
    .map(String)
    .filter((word) => word !== "");
  return list.length === 0 ? undefined : list;
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseFleetSearch(search: Record<string, unknown>): FleetSearch {
  const result: FleetSearch = {};
  if (search.q !== undefined && String(search.q) !== "") result.q = String(search.q);
  for (const key of FILTER_KEYS) {
    const list = words(search[key]);
    if (list !== undefined) result[key] = list;
  }
  const sort = SORT_KEYS.find((key) => key === search.sort);
  if (sort !== undefined) result.sort = sort;
  if (search.descending === true || search.descending === "true") result.descending = true;
  const by = choicesParam(search.by, GROUPINGS)?.[0];
  if (by !== undefined) result.by = by;
  return result;
}

/** Whether an agent passes the search text and every filter. Text is looked for in name, host and tags. */
export function matches(agent: FleetItem, search: FleetSearch): boolean {
  const text = search.q?.toLowerCase();
  if (text !== undefined && ![agent.name, agent.host, ...agent.tags].some((word) => word.toLowerCase().includes(text)))
    return false;
  return (
    (search.status?.includes(agent.status) ?? true) &&
    (search.type?.includes(agent.type) ?? true) &&
    (search.environment?.includes(agent.environment) ?? true) &&
    (search.tag?.some((tag) => agent.tags.includes(tag)) ?? true)
  );
}

/** Worst first, so that sorting by status brings up what needs a person. */
const STATUS_RANK: Record<string, number> = { error: 0, offline: 1, maintenance: 2, online: 3 };

function rank(agent: FleetItem, key: SortKey): number | string | null {
  switch (key) {
    case "name":
      return agent.name.toLowerCase();
    case "environment":
      return agent.environment.toLowerCase();
    case "status":
      return STATUS_RANK[agent.status] ?? 4;
    case "network":
      return agent.summary.network_receive === null && agent.summary.network_transmit === null
        ? null
        : (agent.summary.network_receive ?? 0) + (agent.summary.network_transmit ?? 0);
    default:
      return agent.summary[key];
  }
}

const BY_NAME = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** The agents that match, in order. Without a value an agent comes last in either direction; ties go by name. */
export function arrange<Item extends FleetItem>(agents: readonly Item[], search: FleetSearch): Item[] {
  const key = search.sort ?? "name";
  const sign = search.descending === true ? -1 : 1;
  const ranked = agents.filter((agent) => matches(agent, search)).map((agent) => ({ agent, rank: rank(agent, key) }));
  ranked.sort((one, other) => {
    if (one.rank === null || other.rank === null) {
      if (one.rank !== other.rank) return one.rank === null ? 1 : -1;
    } else if (typeof one.rank === "string" || typeof other.rank === "string") {
      const order = BY_NAME.compare(String(one.rank), String(other.rank));
      if (order !== 0) return order * sign;
    } else if (one.rank !== other.rank) {
      return (one.rank - other.rank) * sign;
    }
    return BY_NAME.compare(one.agent.name, other.agent.name) || one.agent.id - other.agent.id;
  });
  return ranked.map(({ agent }) => agent);
}

/** How many agents have each value of a filter, all filters aside, in alphabetical order. */
export function countValues(agents: readonly FleetItem[], key: FilterKey): [string, number][] {
  const counts = new Map<string, number>();
  for (const agent of agents) {
    const values = key === "tag" ? agent.tags : [agent[key]];
    for (const value of values) if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([one], [other]) => BY_NAME.compare(one, other));
}
