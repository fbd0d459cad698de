import { plural, select, selectOrdinal, t } from "@lingui/core/macro";
import { demandWords, keyWord } from "./demand-words";
import { joined, withMark } from "./language";
import { isAboutHub } from "./rule-series";
import { duration, formatValue } from "./units";

/** A demand on a label, or on what is known of an agent, in the hub's JSON form. */
export interface Demand {
  key: string;
  match: "=" | "!=" | "in" | "~";
  values: string[];
}

interface MetricForm {
  metric: string;
  labels?: Demand[];
  per?: MetricForm;
}

interface Amount {
  value: number;
  unit?: string;
  per_second?: boolean;
}

interface Agents {
  agents: number;
  of?: number;
}

type Operand =
  | ({ kind: "change"; operand: Operand; period_s: number } & Partial<MetricForm>)
  | ({ kind: "forecast"; window_s: number; horizon_s: number } & MetricForm)
  | ({ kind: string; window_s?: number } & MetricForm);

export type Condition =
  | { kind: "comparison"; operand: Operand; op: string; threshold: Amount }
  | { kind: "absent_agent" }
  | { kind: "absent_metric"; metric: MetricForm }
  | { kind: "and" | "or"; conditions: Condition[] }
  | { kind: "count"; condition: Condition; op: string; threshold: Amount | Agents };

/** A rule in the hub's JSON form; numbers are in base units (1, seconds, bytes). */
export interface RuleForm {
  condition: Condition;
  for_s?: number;
  clear?: { op: string; threshold: Amount | Agents };
  keep_s?: number;
  selector?: Demand[];
}

/** Operators by names that a message can tell apart. */
const COMPARED: Record<string, string> = {
  ">": "above",
  ">=": "least",
  "<": "below",
  "<=": "most",
  "!=": "not",
};
const SIZES: readonly [number, string][] = [
  ...["PiB", "TiB", "GiB", "MiB", "KiB"].map((name, at): [number, string] => [1024 ** (5 - at), name]),
  ...["PB", "TB", "GB", "MB", "kB"].map((name, at): [number, string] => [1000 ** (5 - at), name]),
];

/** A number without the noise of binary fractions. */
const plain = (value: number) => withMark(String(Number(value.toPrecision(12))));

/** A threshold as people read it: "95 %", "50 ms", "10 MiB/s". */
export function describeAmount({ value, unit = "", per_second: perSecond = false }: Amount): string {
  const end = perSecond ? "/s" : "";
  if (unit === "%") return `${plain(value * 100)} %${end}`;
  if (unit === "B") {
    const [size, name] = SIZES.find(([size]) => value !== 0 && Number.isInteger(value / size)) ?? [1, "B"];
    return `${plain(value / size)} ${name}${end}`;
  }
  if (unit === "s") {
    const size = Math.abs(value);
    if (size === 0 || (size >= 1 && !Number.isInteger(size))) return `${plain(value)} s${end}`;
    if (size >= 1) return `${value < 0 ? "−" : ""}${duration(size)}${end}`;
    return size >= 1e-3 ? `${plain(value * 1e3)} ms${end}` : `${plain(value * 1e6)} µs${end}`;
  }
  return `${plain(value)}${end}`;
}

/** A value that was measured, in the unit of what it is compared with. */
export function describeValue(
  value: number,
  { unit = "", per_second: perSecond = false }: Omit<Amount, "value">,
): string {
  if (unit === "B") return formatValue(value, perSecond ? "By/s" : "By");
  return `${formatValue(value, unit === "" ? "1" : unit)}${perSecond ? "/s" : ""}`;
}

function describeCount(threshold: Amount | Agents): string {
  if (!("agents" in threshold)) {
    const share = describeAmount(threshold);
    return t`${share} of the agents`;
  }
  const { agents, of } = threshold;
  return of === undefined ? plural(agents, { one: "# agent", other: "# agents" }) : t`${agents} of every ${of} agents`;
}

/** "type is web and tag is not old": which agents are chosen. */
export function describeDemands(demands: readonly Demand[]): string {
  return joined(demands.map(({ key, match, values }) => demandWords(keyWord(key), match, values)));
}

function describeMetric({ metric, labels = [], per }: MetricForm): string {
  const demands = joined(labels.map(({ key, match, values }) => demandWords(key, match, values)));
  const chosen = demands === "" ? metric : t`${metric} (where ${demands})`;
  if (per === undefined) return chosen;
  const whole = describeMetric(per);
  return t`${chosen} as a share of ${whole}`;
}

function describeOperand(operand: Operand): string {
  if (operand.kind === "change" && "operand" in operand) {
    const changing = describeOperand(operand.operand);
    const period = duration(operand.period_s);
    return t`the change of ${changing} within ${period}`;
  }
  const metric = describeMetric(operand as MetricForm);
  if (!("window_s" in operand) || operand.window_s === undefined) return metric;
  const window = duration(operand.window_s);
  if (operand.kind === "forecast" && "horizon_s" in operand) {
    const ahead = duration(operand.horizon_s);
    return t`${metric}, as forecast for ${ahead} ahead from the last ${window},`;
  }
  const percentile = /^p(\d+)$/.exec(operand.kind)?.[1];
  if (percentile !== undefined) {
    const number = Number(percentile);
    return t`the ${selectOrdinal(number, { one: "#st", two: "#nd", few: "#rd", other: "#th" })} percentile of ${metric} over ${window}`;
  }
  const kind = operand.kind;
  return t`${select(kind, {
    avg: "the mean of",
    min: "the lowest",
    max: "the highest",
    sum: "the sum of",
    rate: "the rate of",
    other: "the newest",
  })} ${metric} over ${window}`;
}

/** "app.load is above 3". */
function compared(what: string, op: string, amount: string): string {
  const how = COMPARED[op] ?? "";
  return t`${what} ${select(how, {
    above: "is above",
    least: "is at least",
    below: "is below",
    most: "is at most",
    not: "is not",
    other: "is",
  })} ${amount}`;
}

/** A condition in plain words: "the mean of app.load over 5 min is above 3". */
export function describeCondition(condition: Condition, inner = false): string {
  switch (condition.kind) {
    case "comparison":
      return compared(describeOperand(condition.operand), condition.op, describeAmount(condition.threshold));
    case "absent_agent":
      return t`nothing comes from the agent`;
    case "absent_metric": {
      const metric = describeMetric(condition.metric);
      return t`the agent sends no ${metric}`;
    }
    case "count": {
      const held = describeCondition(condition.condition, true);
      return compared(t`the number of agents on which ${held}`, condition.op, describeCount(condition.threshold));
    }
    default: {
      const parts = condition.conditions.map((one) => describeCondition(one, true));
      const whole = joined(parts, condition.kind === "and" ? "conjunction" : "disjunction");
      return inner ? `(${whole})` : whole;
    }
  }
}

/**
 * A rule in plain sentences: when it alerts, when that ends, and which agents it is about.
 *
 * @returns one text for each sentence.
 */
export function describeRule({
  condition,
  for_s: held = 0,
  clear,
  keep_s: kept = 0,
  selector = [],
}: RuleForm): string[] {
  const begins = describeCondition(condition);
  const ends = clear === undefined ? t`that is over` : describeEnd(clear, condition.kind === "count");
  const [heldFor, keptFor] = [duration(held), duration(kept)];
  return [
    held === 0 ? t`Alerts when ${begins}.` : t`Alerts when ${begins}, and stays so for ${heldFor}.`,
    kept === 0 ? t`Ends when ${ends}.` : t`Ends when ${ends} and was so for ${keptFor}.`,
    describeScope(condition, selector),
  ];
}

function describeEnd({ op, threshold }: NonNullable<RuleForm["clear"]>, count: boolean): string {
  const amount = "agents" in threshold || count ? describeCount(threshold) : describeAmount(threshold);
  return compared(t({ message: "it", context: "what a rule watches" }), op, amount);
}

function describeScope(condition: Condition, selector: readonly Demand[]): string {
  if (isAboutHub({ condition })) return t`About the hub itself.`;
  const demands = describeDemands(selector);
  return demands === "" ? t`About all agents.` : t`About agents whose ${demands}.`;
}

/** The threshold of a rule of one comparison, which single agents may have another of; else null. */
export function thresholdOf({ condition }: RuleForm): Amount | null {
  return condition.kind === "comparison" ? condition.threshold : null;
}
