// Runbooks as the hub takes them, and as the fields of the visual editor hold them.
import type { SeverityName } from "./severities";

export type ModeName = "suggest" | "approve" | "automatic";
export type ParamValue = string | number | boolean;

export interface StepForm {
  action: string;
  params?: Record<string, ParamValue>;
  timeout?: string;
}

export interface AlertTriggerForm {
  alert: string;
  event?: "firing" | "resolved";
  severity?: SeverityName[];
}

export interface ScheduleTriggerForm {
  schedule: string;
  /** Local time of the zone, such as 2026-01-01T03:00. */
  starts: string;
  zone: string;
}

export type TriggerForm = AlertTriggerForm | ScheduleTriggerForm;

/** A runbook in the hub's JSON form, in the words of its YAML: lengths of time are texts such as 2m. */
export interface RunbookForm {
  name: string;
  description?: string;
  mode?: ModeName;
  on?: string;
  triggers?: TriggerForm[];
  when?: string;
  steps: StepForm[];
  expect?: string;
  within?: string;
  worse?: string;
  undo?: StepForm[];
  limits?: { cooldown?: string; per_hour?: number; fleet_per_hour?: number; at_once?: number };
  breaker?: { after?: number; within?: string };
  approve_within?: string;
}

/** A step as it is being written; `key` tells it from the others wherever it is moved. */
export interface StepDraft {
  key: number;
  action: string;
  params: Record<string, ParamValue>;
  /** Seconds; 0 for as long as the machine's policy allows. */
  timeout: number;
}

export type TriggerDraft = (
  | { kind: "alert"; rule: string; event: "firing" | "resolved"; severity: SeverityName[] }
  | { kind: "schedule"; rrule: string; starts: string; zone: string }
) & { key: number };

/** A runbook as its fields hold it. Times are seconds, conditions and machines are texts. */
export interface RunbookDraft {
  name: string;
  description: string;
  mode: ModeName;
  on: string;
  triggers: TriggerDraft[];
  when: string;
  steps: StepDraft[];
  expect: string;
  within: number;
  worse: string;
  undo: StepDraft[];
  cooldown: number;
  perHour: number;
  fleetPerHour: number;
  atOnce: number;
  breakAfter: number;
  breakWithin: number;
  approveWithin: number;
}

/** What `expect` says where the condition of the alert itself must not hold any more. */
export const ALERT_RESOLVED = "alert resolved"; // not a text

const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

/** Seconds as the hub writes lengths of time: in the largest unit that leaves no rest. */
export function lengthText(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size && seconds % size === 0) ?? UNITS[3];
  return `${seconds / size}${unit}`;
}

/** The seconds of a length of time as the hub writes it. */
export function secondsOf(text: string | undefined, otherwise: number): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text ?? "") ?? [];
  const size = UNITS.find(([name]) => name === unit)?.[1];
  return size === undefined ? otherwise : Number(count) * size;
}

let keys = 0;
const nextKey = () => {
  keys += 1;
  return keys;
};

export const newStep = (): StepDraft => ({ key: nextKey(), action: "", params: {}, timeout: 0 });
export const newAlertTrigger = (): TriggerDraft => ({
  key: nextKey(),
  kind: "alert",
  rule: "",
  event: "firing",
  severity: [],
});
export const newSchedule = (starts: string, zone: string): TriggerDraft => ({
  key: nextKey(),
  kind: "schedule",
  rrule: "FREQ=DAILY",
  starts,
  zone,
});

/** A runbook from which nothing was written yet. */
export function emptyDraft(): RunbookDraft {
  return { ...draftOf({ name: "", steps: [] }), steps: [newStep()] };
}

const stepDraft = ({ action, params = {}, timeout }: StepForm): StepDraft => ({
  key: nextKey(),
  action,
  params: { ...params },
  timeout: secondsOf(timeout, 0),
});

function triggerDraft(trigger: TriggerForm): TriggerDraft {
  if ("schedule" in trigger) {
    const { schedule: rrule, starts, zone } = trigger;
    return { key: nextKey(), kind: "schedule", rrule, starts, zone };
  }
  const { alert: rule, event = "firing", severity = [] } = trigger;
  return { key: nextKey(), kind: "alert", rule, event, severity: [...severity] };
}

/** A runbook of the hub as the fields hold it. */
export function draftOf(form: RunbookForm): RunbookDraft {
  const { limits = {}, breaker = {} } = form;
  return {
    name: form.name,
    description: form.description ?? "",
    mode: form.mode ?? "suggest",
    on: form.on ?? "",
    triggers: (form.triggers ?? []).map(triggerDraft),
    when: form.when ?? "",
    steps: form.steps.map(stepDraft),
    expect: form.expect ?? "",
    within: secondsOf(form.within, 120),
    worse: form.worse ?? "",
    undo: (form.undo ?? []).map(stepDraft),
    cooldown: secondsOf(limits.cooldown, 600),
    perHour: limits.per_hour ?? 6,
    fleetPerHour: limits.fleet_per_hour ?? 20,
    atOnce: limits.at_once ?? 5,
    breakAfter: breaker.after ?? 3,
    breakWithin: secondsOf(breaker.within, 3600),
    approveWithin: secondsOf(form.approve_within, 3600),
  };
}

const stepForm = ({ action, params, timeout }: StepDraft): StepForm => ({
  action: action.trim(),
  ...(Object.keys(params).length > 0 && { params }),
  ...(timeout > 0 && { timeout: lengthText(timeout) }),
});

function triggerForm(trigger: TriggerDraft): TriggerForm {
  if (trigger.kind === "schedule") {
    const { rrule, starts, zone } = trigger;
    return { schedule: rrule, starts, zone };
  }
  const { rule, event, severity } = trigger;
  return { alert: rule.trim(), event, ...(severity.length > 0 && { severity }) };
}

/** What the fields say, as the hub takes it; what is empty is left out. */
export function formOf(draft: RunbookDraft): RunbookForm {
  const text = (key: "description" | "on" | "when" | "expect" | "worse") => {
    const value = draft[key].trim();
    return value === "" ? {} : { [key]: value };
  };
  return {
    name: draft.name.trim(),
    ...text("description"),
    mode: draft.mode,
    ...text("on"),
    ...(draft.triggers.length > 0 && { triggers: draft.triggers.map(triggerForm) }),
    ...text("when"),
    steps: draft.steps.map(stepForm),
    ...text("expect"),
    within: lengthText(draft.within),
    ...text("worse"),
    ...(draft.undo.length > 0 && { undo: draft.undo.map(stepForm) }),
    limits: {
      cooldown: lengthText(draft.cooldown),
      per_hour: draft.perHour,
      fleet_per_hour: draft.fleetPerHour,
      at_once: draft.atOnce,
    },
    breaker: { after: draft.breakAfter, within: lengthText(draft.breakWithin) },
    approve_within: lengthText(draft.approveWithin),
  };
}

/** Whether two drafts say the same. */
export function sameDraft(one: RunbookDraft, other: RunbookDraft): boolean {
  return JSON.stringify(formOf(one)) === JSON.stringify(formOf(other));
}

/** A parameter as typed: a whole number where one is declared or stood before, else the text. */
export function typedValue(text: string, type: "string" | "integer" | "choice" | "boolean"): ParamValue {
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (type === "integer" && /^[-+]?\d+$/.test(text.trim()) && Number.isSafeInteger(Number(text))) return Number(text);
  return text;
}
