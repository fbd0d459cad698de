import { t } from "@lingui/core/macro";
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

const COMPARED: Record<string, string> = {
  ">": t`is above`,
  ">=": t`is at least`,
  "<": t`is below`,
  "<=": t`is at most`,
  "==": "is",
  "!=": t`is not`,
};
const OVER: Record<string, string> = {
  avg: t`the mean of`,
  min: t`the lowest`,
  max: t`the highest`,
  sum: t`the sum of`,
  rate: t`the rate of`,
  last: t`the newest`,
};
const SIZES: readonly [number, string][] = [
  ...["PiB", "TiB", "GiB", "MiB", "KiB"].map((name, at): [number, string] => [1024 ** (5 - at), name]),
  ...["PB", "TB", "GB", "MB", "kB"].map((name, at): [number, string] => [1000 ** (5 - at), name]),
];

/** A number without the noise of binary fractions. */
const plain = (value: number) => String(Number(value.toPrecision(12)));

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
  if (!("agents" in threshold)) return t`${describeAmount(threshold)} of the agents`;
  const { agents, of } = threshold;
  return of === undefined ? `${agents} ${agents === 1 ? "agent" : "agents"}` : t`${agents} of every ${of} agents`;
}

function list(words: readonly string[], last: string): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** "type is web and tag is not old". */
export function describeDemands(demands: readonly Demand[]): string {
  const told = demands.map(({ key, match, values }) => {
    if (match === "in") return `${key} is ${list(values, "or")}`;
    return `${key} ${{ "=": "is", "!=": "is not", "~": "is like" }[match]} ${values[0] === "" ? "empty" : values[0]}`;
  });
  return list(told, "and");
}

function describeMetric({ metric, labels = [], per }: MetricForm): string {
  const chosen = labels.length === 0 ? metric : `${metric} (where ${describeDemands(labels)})`;
  return per === undefined ? chosen : t`${chosen} as a share of ${describeMetric(per)}`;
}

function describeOperand(operand: Operand): string {
  if (operand.kind === "change" && "operand" in operand)
    return t`the change of ${describeOperand(operand.operand)} within ${duration(operand.period_s)}`;
  const metric = describeMetric(operand as MetricForm);
  if (operand.kind === "forecast" && "horizon_s" in operand)
    return t`${metric}, as forecast for ${duration(operand.horizon_s)} ahead from the last ${duration(operand.window_s)},`;
  if (!("window_s" in operand) || operand.window_s === undefined) return metric;
  const what = OVER[operand.kind] ?? t`the ${ordinal(Number(operand.kind.slice(1)))} percentile of`;
  return `${what} ${metric} over ${duration(operand.window_s)}`;
}

function ordinal(number: number): string {
  const teen = number % 100 >= 11 && number % 100 <= 13;
  return `${number}${teen ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th")}`;
}

/** A condition in plain words: "the mean of app.load over 5 min is above 3". */
export function describeCondition(condition: Condition, inner = false): string {
  switch (condition.kind) {
    case "comparison":
      return `${describeOperand(condition.operand)} ${COMPARED[condition.op]} ${describeAmount(condition.threshold)}`;
    case "absent_agent":
      return t`nothing comes from the agent`;
    case "absent_metric":
      return t`the agent sends no ${describeMetric(condition.metric)}`;
    case "count":
      return t`the number of agents on which ${describeCondition(condition.condition, true)} ${COMPARED[condition.op] ?? condition.op} ${describeCount(condition.threshold)}`;
    default: {
      const parts = condition.conditions.map((one) => describeCondition(one, true));
      return inner ? `(${list(parts, condition.kind)})` : list(parts, condition.kind);
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
  const count = condition.kind === "count";
  const sentences = [
    `Alerts when ${describeCondition(condition)}${held === 0 ? "" : t`, and stays so for ${duration(held)}`}.`,
  ];
  const amount =
    clear && ("agents" in clear.threshold || count ? describeCount(clear.threshold) : describeAmount(clear.threshold));
  const ends = clear === undefined ? "that is over" : `it ${COMPARED[clear.op]} ${amount}`;
  sentences.push(`Ends when ${ends}${kept === 0 ? "" : t` and was so for ${duration(kept)}`}.`);
  const agents = selector.length === 0 ? "all agents" : t`agents whose ${describeDemands(selector)}`;
  sentences.push(`About ${isAboutHub({ condition }) ? "the hub itself" : agents}.`);
  return sentences;
}

/** The threshold of a rule of one comparison, which single agents may have another of; else null. */
export function thresholdOf({ condition }: RuleForm): Amount | null {
  return condition.kind === "comparison" ? condition.threshold : null;
}
