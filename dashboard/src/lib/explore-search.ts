import { parseRange, type RangeSearch } from "./range";
import { textParam } from "./search-params";

/** The queries of one page, by the letters that begin their keys in the address. */
export const LETTERS = ["a", "b", "c", "d"] as const;
export type Letter = (typeof LETTERS)[number];

export const AGGREGATIONS = ["avg", "min", "max", "sum", "last", "rate", "p50", "p90", "p95", "p99"] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];
export const ACROSS = ["avg", "min", "max", "sum", "count", "p50", "p90", "p95", "p99"] as const;
export type Across = (typeof ACROSS)[number];

/** How many groups one chart shows at the most. */
export const MAX_GROUPS = 50;
/** The furthest that a window is compared with, in seconds: a year. */
export const MAX_COMPARE = 366 * 86_400;
const MAX_CHOSEN = 50;
const MAX_BY = 5;
const MAX_LABELS = 1024;

/** One question: a metric, of which machines, put together how. */
export interface ExploreQuery {
  metric: string;
  /** Pairs that a series must have. */
  labels: Readonly<Record<string, string>>;
  /** Which agents; an empty list asks for no special ones. */
  agents: readonly number[];
  environments: readonly string[];
  types: readonly string[];
  tags: readonly string[];
  agg: Aggregation;
  across: Across;
  /** What the series of a group have in common: "agent", "environment", "type", "tag" and "label:KEY". */
  by: readonly string[];
  /** Only the groups of the highest or lowest mean; null for all. */
  rank: { order: "top" | "bottom"; count: number } | null;
  /** How many seconds earlier the window begins that it is compared with; 0 for none. */
  compare: number;
  /** Its chart is folded. */
  hidden: boolean;
  /** The key of the one group that is drawn; null for all. */
  solo: string | null;
}

type Field = (typeof FIELDS)[number];
const FIELDS = [
  ...["metric", "labels", "agent", "environment", "type", "tag", "agg", "across", "by"],
  ...["top", "bottom", "compare", "hidden", "solo"],
] as const;

/** What the address holds: the time, and each query's fields as "a.metric", "b.by" and so on. */
export type ExploreSearch = RangeSearch & { [Key in `${Letter}.${Field}`]?: string | number };

export const EMPTY_QUERY: ExploreQuery = {
  metric: "",
  labels: {},
  agents: [],
  environments: [],
  types: [],
  tags: [],
  agg: "avg",
  across: "avg",
  by: [],
  rank: null,
  compare: 0,
  hidden: false,
  solo: null,
};

/** The first so many different texts of a list that is separated by commas, if they are of the shape given. */
function listParam(value: unknown, shape: RegExp, count = MAX_CHOSEN): string[] {
  if (value === undefined || value === null) return [];
  const texts = String(value).split(",", MAX_CHOSEN * 4);
  return [...new Set(texts.filter((text) => shape.test(text)))].slice(0, count);
}

const NAME = /^[A-Za-z0-9_.:/=-]{1,64}$/;
const BY = /^(agent|environment|type|tag|label:[A-Za-z_][A-Za-z0-9_.]{0,63})$/;

function labelsParam(value: unknown): Record<string, string> {
  const labels: [string, string][] = [];
  for (const pair of String(value ?? "")
    .slice(0, MAX_LABELS)
    .split(",", MAX_CHOSEN)) {
    const at = pair.indexOf("=");
    if (at > 0) labels.push([pair.slice(0, at), pair.slice(at + 1)]);
  }
  return Object.fromEntries(labels);
}

function wholeParam(value: unknown, least: number, most: number): number | null {
  const number = Number(value);
  return value !== undefined && Number.isSafeInteger(number) && number >= least && number <= most ? number : null;
}

function choice<Value extends string>(value: unknown, known: readonly Value[], otherwise: Value): Value {
  return known.find((one) => one === value) ?? otherwise;
}

/** What stands in an address, whatever it claims to be. */
type Untrusted = { readonly [Key in `${Letter}.${Field}`]?: unknown };

function readQuery(search: Untrusted, letter: Letter): ExploreQuery | null {
  const field = (name: Field) => search[`${letter}.${name}`];
  const metric = textParam(field("metric"));
  if (metric === undefined) return null;
  const top = wholeParam(field("top"), 1, MAX_GROUPS);
  const bottom = wholeParam(field("bottom"), 1, MAX_GROUPS);
  const agents = listParam(field("agent"), /^[1-9]\d{0,14}$/).map(Number);
  const solo = field("solo");
  return {
    metric,
    labels: labelsParam(field("labels")),
    agents,
    environments: listParam(field("environment"), NAME),
    types: listParam(field("type"), NAME),
    tags: listParam(field("tag"), NAME),
    agg: choice(field("agg"), AGGREGATIONS, "avg"),
    across: choice(field("across"), ACROSS, "avg"),
    by: listParam(field("by"), BY, MAX_BY),
    rank: top !== null ? { order: "top", count: top } : bottom !== null ? { order: "bottom", count: bottom } : null,
    compare: wholeParam(field("compare"), 60, MAX_COMPARE) ?? 0,
    hidden: field("hidden") !== undefined,
    solo: solo === undefined || solo === null ? null : String(solo).slice(0, MAX_LABELS),
  };
}

function writeQuery(letter: Letter, query: ExploreQuery): [string, string | number][] {
  const labels = Object.entries(query.labels).map(([key, value]) => `${key}=${value}`);
  const fields: [Field, string | number | undefined][] = [
    ["metric", query.metric],
    ["labels", labels.join(",")],
    ["agent", query.agents.join(",")],
    ["environment", query.environments.join(",")],
    ["type", query.types.join(",")],
    ["tag", query.tags.join(",")],
    ["agg", query.agg === "avg" ? undefined : query.agg],
    ["across", query.across === "avg" ? undefined : query.across],
    ["by", query.by.join(",")],
    ["top", query.rank?.order === "top" ? query.rank.count : undefined],
    ["bottom", query.rank?.order === "bottom" ? query.rank.count : undefined],
    ["compare", query.compare === 0 ? undefined : query.compare],
    ["hidden", query.hidden ? 1 : undefined],
    ["solo", query.solo ?? undefined],
  ];
  return fields.flatMap(([name, value]): [string, string | number][] =>
    value === undefined || value === "" ? [] : [[`${letter}.${name}`, value]],
  );
}

/** The queries that an address holds, in the order of their letters. */
export function readQueries(search: Untrusted): ExploreQuery[] {
  return LETTERS.flatMap((letter) => readQuery(search, letter) ?? []);
}

/** The address of some queries over a time; of more than there are letters the first. */
export function writeQueries(range: RangeSearch, queries: readonly ExploreQuery[]): ExploreSearch {
  const fields = LETTERS.flatMap((letter, at) => {
    const query = queries[at];
    return query === undefined ? [] : writeQuery(letter, query);
  });
  return { ...parseRange({ ...range }), ...Object.fromEntries(fields) };
}

/** Reads untrusted URL parameters; what makes no sense is left out, and what is left is written in one way. */
export function parseExploreSearch(search: Record<string, unknown>): ExploreSearch {
  return writeQueries(parseRange(search), readQueries(search));
}
