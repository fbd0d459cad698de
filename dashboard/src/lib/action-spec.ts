import { plural, t } from "@lingui/core/macro";
import type { ActionSpec, EffectName, ParameterSpec } from "./action-words";

interface SaidAction {
  name: string;
  effect: EffectName;
  parameters: readonly Record<string, unknown>[];
  allowed: Readonly<Record<string, readonly unknown[]>>;
  signers: readonly string[];
  scripts: Readonly<Record<string, Record<string, unknown>>>;
}

const TYPES = ["string", "integer", "choice", "boolean"] as const;
const wholeOf = (value: unknown) => (typeof value === "number" ? value : null);
const textsOf = (value: unknown) =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];

function parameterOf(said: Record<string, unknown>): ParameterSpec {
  return {
    name: String(said.name),
    type: TYPES.find((type) => type === said.type) ?? "string",
    required: said.required === true,
    help: typeof said.help === "string" ? said.help : "",
    choices: textsOf(said.choices),
    min: wholeOf(said.min),
    max: wholeOf(said.max),
    maxLength: wholeOf(said.max_length),
  };
}

const parametersOf = (said: unknown) => (Array.isArray(said) ? said.map(parameterOf) : []);

/** An action as the API tells it; the hub has checked its form. */
export function actionSpec({ name, effect, parameters, allowed, signers, scripts }: SaidAction): ActionSpec {
  return {
    name,
    effect,
    allowed,
    signers,
    parameters: parametersOf(parameters),
    scripts: Object.fromEntries(
      Object.entries(scripts).map(([script, said]) => [
        script,
        { parameters: parametersOf(said.parameters), problem: typeof said.problem === "string" ? said.problem : "" },
      ]),
    ),
  };
}

/** What a form asks for: the action's parameters, and those of the script that is chosen. */
export function parametersFor(action: ActionSpec, values: Readonly<Record<string, string>>): ParameterSpec[] {
  const script = action.name === "script" ? action.scripts[values.name ?? ""] : undefined;
  return [...action.parameters, ...(script?.parameters ?? [])];
}

export type Values = Readonly<Record<string, string>>;

/** The parameters of a command out of a form's texts; what was left empty is left out. */
export function paramsFrom(
  parameters: readonly ParameterSpec[],
  values: Values,
): Record<string, string | number | boolean> {
  const params: Record<string, string | number | boolean> = {};
  for (const { name, type } of parameters) {
    const text = values[name] ?? "";
    if (type === "boolean") {
      if (text !== "") params[name] = text === "true";
    } else if (text !== "") params[name] = type === "integer" ? Number(text) : text;
  }
  return params;
}

/** The form's texts of a command's parameters. */
export function valuesFrom(params: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
}

function numberProblem(number: number, { min, max }: ParameterSpec): string | null {
  if (!Number.isSafeInteger(number)) return t`It must be a whole number.`;
  const least = min ?? Number.NEGATIVE_INFINITY;
  const most = max ?? Number.POSITIVE_INFINITY;
  if (number >= least && number <= most) return null;
  if (min === null) return t`It must be at most ${most}.`;
  return max === null ? t`It must be at least ${least}.` : t`It must be from ${least} to ${most}.`;
}

/** What is missing or wrong in a form, by parameter; the agent judges anew. */
export function formProblems(parameters: readonly ParameterSpec[], values: Values): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const one of parameters) {
    const { maxLength } = one;
    const text = values[one.name] ?? "";
    if (text === "") {
      if (one.required && one.type !== "boolean") problems[one.name] = t`It is needed.`;
      continue;
    }
    if (one.type === "integer") {
      const problem = numberProblem(Number(text), one);
      if (problem !== null) problems[one.name] = problem;
    } else if (maxLength !== null && text.length > maxLength)
      problems[one.name] = t`It must have at most ${plural(maxLength, { one: "# character", other: "# characters" })}.`;
  }
  return problems;
}
