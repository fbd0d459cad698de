// What a rule looks at, read from its JSON form for charts and values.
import { globMatches } from "./globs";
import type { DisplayUnit } from "./units";

interface LabelDemand {
  key: string;
  match: string;
  values: string[];
}

/** One comparison of a rule. */
export interface Leaf {
  metric: string;
  labels: LabelDemand[];
  /** In base units; null where it is of something else than the metric's own values. */
  threshold: number | null;
  op: string;
}

type Json = Record<string, unknown>;

function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function demands(value: unknown): LabelDemand[] {
  return (Array.isArray(value) ? value : []).map(object).map(({ key, match, values }) => ({
    key: String(key),
    match: String(match),
    values: (Array.isArray(values) ? values : []).map(String),
  }));
}

/** What is compared is the metric itself, or a statistic of it that has its unit. */
const SAME_UNIT = /^(last|avg|min|max|p\d+|forecast)$/;

function comparison(condition: Json): Leaf[] {
  const given = object(condition.operand);
  const operand = given.kind === "change" ? object(given.operand) : given;
  if (typeof operand.metric !== "string") return [];
  const own = given.kind !== "change" && operand.per === undefined && SAME_UNIT.test(String(operand.kind));
  const { value } = object(condition.threshold);
  return [
    {
      metric: operand.metric,
      labels: demands(operand.labels),
      threshold: own && typeof value === "number" ? value : null,
      op: String(condition.op),
    },
  ];
}

function walk(value: unknown): Leaf[] {
  const condition = object(value);
  if (condition.kind === "comparison") return comparison(condition);
  if (condition.kind === "count") return walk(condition.condition);
  if (condition.kind === "and" || condition.kind === "or")
    return (Array.isArray(condition.conditions) ? condition.conditions : []).flatMap(walk);
  if (condition.kind !== "absent_metric") return [];
  const metric = object(condition.metric);
  if (typeof metric.metric !== "string") return [];
  return [{ metric: metric.metric, labels: demands(metric.labels), threshold: null, op: "" }];
}

/** The comparisons of a rule in their order; none of rules about whole agents. */
export function leavesOf(definition: object): Leaf[] {
  return walk((definition as Json).condition);
}

/** Whether a rule is about the hub itself: all that it compares are the hub's own metrics. */
export function isAboutHub(definition: object): boolean {
  const leaves = leavesOf(definition);
  return leaves.length > 0 && leaves.every(({ metric }) => metric.startsWith("opsentrix.hub."));
}

const UNITS: Record<string, DisplayUnit> = { "%": "%", s: "s", B: "By" };

/** The unit of a rule's value, by how its threshold is written. */
export function valueUnit(definition: object): DisplayUnit {
  let condition = object((definition as Json).condition);
  while (condition.kind === "and" || condition.kind === "or")
    condition = object(Array.isArray(condition.conditions) ? condition.conditions[0] : null);
  const { unit, per_second: rate } = object(condition.threshold);
  const base = UNITS[String(unit)] ?? "";
  return rate === true && base !== "%" ? `${base}/s` : base;
}

/** What a series has in labels that is not what the rule means: the part of a resource that is free. */
const IDLE = new Set(["idle", "iowait", "steal", "free"]);

function demanded({ key, match, values }: LabelDemand, labels: Readonly<Record<string, string>>): boolean {
  const have = labels[key] ?? "";
  if (match === "!=") return !values.includes(have);
  if (match === "~") return values.some((pattern) => globMatches(pattern, have));
  return values.includes(have);
}

/** Whether an alert is about a series: its labels agree with those that the rule asks for and those of the alert. */
export function concernsSeries(
  leaf: Leaf,
  alert: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const state = leaf.labels.some(({ key }) => key === "state");
  if (!state && labels.state !== undefined && IDLE.has(labels.state)) return false;
  return (
    leaf.labels.every((one) => demanded(one, labels)) &&
    Object.entries(labels).every(([name, value]) => alert[name] === undefined || alert[name] === value)
  );
}
