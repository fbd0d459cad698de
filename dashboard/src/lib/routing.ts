// What routes say, as people read it.

import { t } from "@lingui/core/macro";
import { joined } from "./language";
import type { SeverityName } from "./severities";
import { severitiesText } from "./severity-words";

interface Hours {
  time_zone: string;
  weekdays: readonly number[];
  begins: string;
  ends: string;
}

interface Conditions {
  severities: readonly SeverityName[];
  environments: readonly string[];
  tags: readonly string[];
  labels: Readonly<Record<string, string>>;
  hours: Hours | null;
}

const DAYS = [t`Mon`, t`Tue`, t`Wed`, t`Thu`, t`Fri`, t`Sat`, t`Sun`] as const;
export const WEEKDAYS = DAYS.map((label, at) => ({ value: at + 1, label }));

/** "Mon–Fri", "Mon, Wed", or "every day". */
export function weekdaysText(weekdays: readonly number[]): string {
  const days = [...new Set(weekdays)].sort((a, b) => a - b);
  if (days.length === DAYS.length) return t`every day`;
  const names = days.map((day) => DAYS[day - 1] ?? "?");
  const [first, last] = [days[0], days.at(-1)];
  const together = first !== undefined && last !== undefined && last - first === days.length - 1;
  return together && days.length > 2 ? `${names[0]}–${names.at(-1)}` : names.join(", ");
}

/** "Mon–Fri 22:00–06:00 Europe/Paris". */
export function hoursText({ time_zone, weekdays, begins, ends }: Hours): string {
  return `${weekdaysText(weekdays)} ${begins}–${ends} ${time_zone}`;
}

/** Each condition of a route in a few words; none at all means everything. */
export function conditionsOf({ severities, environments, tags, labels, hours }: Conditions): string[] {
  const environment = joined(environments, "disjunction");
  const tag = joined(tags, "disjunction");
  return [
    ...(severities.length === 0 ? [] : [severitiesText(severities)]),
    ...(environment === "" ? [] : [t`environment ${environment}`]),
    ...(tag === "" ? [] : [t`tag ${tag}`]),
    ...Object.entries(labels).map(([name, pattern]) => `${name}=${pattern}`),
    ...(hours === null ? [] : [hoursText(hours)]),
  ];
}

/** The list after the item at `from` moved by one place; the same list where there is no such place. */
export function moved<Item>(items: readonly Item[], from: number, by: -1 | 1): Item[] {
  const next = [...items];
  const to = from + by;
  const [item, other] = [next[from], next[to]];
  if (item === undefined || other === undefined || to < 0) return next;
  next[from] = other;
  next[to] = item;
  return next;
}

/** The words of a text with commas. */
export function words(text: string): string[] {
  return [...new Set(text.split(",").map((one) => one.trim()))].filter((one) => one !== "");
}
