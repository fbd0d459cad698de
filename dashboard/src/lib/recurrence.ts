// How maintenance windows recur: between RFC 5545 and what people choose from.

import { plural, selectOrdinal, t } from "@lingui/core/macro";
import { locale } from "./language";

export const DAYS = [
  { value: "MO", label: t`Mon`, name: t`Monday` },
  { value: "TU", label: t`Tue`, name: t`Tuesday` },
  { value: "WE", label: t`Wed`, name: t`Wednesday` },
  { value: "TH", label: t`Thu`, name: t`Thursday` },
  { value: "FR", label: t`Fri`, name: t`Friday` },
  { value: "SA", label: t`Sat`, name: t`Saturday` },
  { value: "SU", label: t`Sun`, name: t`Sunday` },
] as const;
export type Day = (typeof DAYS)[number]["value"];

/** Which of a month's weekdays; -1 is the last. */
export const NTHS = [
  { value: 1, label: t({ message: "first", context: "weekday of a month" }) },
  { value: 2, label: t({ message: "second", context: "weekday of a month" }) },
  { value: 3, label: t({ message: "third", context: "weekday of a month" }) },
  { value: 4, label: t({ message: "fourth", context: "weekday of a month" }) },
  { value: -1, label: t({ message: "last", context: "weekday of a month" }) },
] as const;
export type Nth = (typeof NTHS)[number]["value"];

export type Repeat =
  | { kind: "once" }
  | { kind: "daily"; every: number }
  | { kind: "weekly"; every: number; days: Day[] }
  | { kind: "monthday"; day: number }
  | { kind: "weekday"; nth: Nth; day: Day }
  /** What the choices cannot say. */
  | { kind: "rule"; text: string };

const isDay = (text: string): text is Day => DAYS.some(({ value }) => value === text);
const every = (count: number) => (count === 1 ? "" : `;INTERVAL=${count}`);

/** The rule of a choice; empty for once. */
export function writeRepeat(repeat: Repeat): string {
  switch (repeat.kind) {
    case "once":
      return "";
    case "daily":
      return `FREQ=DAILY${every(repeat.every)}`;
    case "weekly": {
      const days = DAYS.map(({ value }) => value).filter((day) => repeat.days.includes(day));
      return `FREQ=WEEKLY${every(repeat.every)}${days.length === 0 ? "" : `;BYDAY=${days.join(",")}`}`;
    }
    case "monthday":
      return `FREQ=MONTHLY;BYMONTHDAY=${repeat.day}`;
    case "weekday":
      return `FREQ=MONTHLY;BYDAY=${repeat.nth}${repeat.day}`;
    case "rule":
      return repeat.text.trim();
  }
}

function fields(rule: string): Map<string, string> {
  const parts = rule
    .trim()
    .replace(/^RRULE:/, "")
    .split(";")
    .map((part): [string, string] => {
      const [name = "", value = ""] = part.split("=");
      return [name, value];
    });
  return new Map(parts);
}

function monthly(given: ReadonlyMap<string, string>): Repeat | null {
  const day = Number(given.get("BYMONTHDAY"));
  if (given.size === 2 && given.has("BYMONTHDAY") && Number.isInteger(day) && (day === -1 || (day >= 1 && day <= 31)))
    return { kind: "monthday", day };
  const [, nth, weekday = ""] = /^([+-]?\d)(\w\w)$/.exec(given.get("BYDAY") ?? "") ?? [];
  const known = NTHS.find(({ value }) => value === Number(nth));
  return given.size === 2 && known !== undefined && isDay(weekday)
    ? { kind: "weekday", nth: known.value, day: weekday }
    : null;
}

/** The choice that a rule stands for, or the rule itself where there is none. */
export function readRepeat(rule: string): Repeat {
  if (rule.trim() === "") return { kind: "once" };
  const given = fields(rule);
  const other: Repeat = { kind: "rule", text: rule };
  const interval = Number(given.get("INTERVAL") ?? 1);
  const rest = given.size - 1 - Number(given.has("INTERVAL"));
  if (!Number.isInteger(interval) || interval < 1) return other;
  switch (given.get("FREQ")) {
    case "DAILY":
      return rest === 0 ? { kind: "daily", every: interval } : other;
    case "WEEKLY": {
      const days = (given.get("BYDAY") ?? "").split(",").filter((day) => day !== "");
      const known = days.filter(isDay);
      const plain = known.length === days.length && rest === Number(given.has("BYDAY"));
      return plain ? { kind: "weekly", every: interval, days: known } : other;
    }
    case "MONTHLY":
      return monthly(given) ?? other;
    default:
      return other;
  }
}

/** "Every 2 weeks on Tue, Thu". */
export function repeatWords(rule: string): string {
  const repeat = readRepeat(rule);
  switch (repeat.kind) {
    case "once":
      return t`Once`;
    case "daily":
      return plural(repeat.every, { one: "Every day", other: "Every # days" });
    case "weekly": {
      const days = DAYS.filter(({ value }) => repeat.days.includes(value))
        .map(({ label }) => label)
        .join(", ");
      return days === ""
        ? plural(repeat.every, { one: "Every week", other: "Every # weeks" })
        : plural(repeat.every, { one: `Every week on ${days}`, other: `Every # weeks on ${days}` });
    }
    case "monthday":
      return repeat.day === -1
        ? t`On the last day of every month`
        : t`On the ${selectOrdinal(repeat.day, { one: "#st", two: "#nd", few: "#rd", other: "#th" })} of every month`;
    case "weekday": {
      const nth = NTHS.find(({ value }) => value === repeat.nth)?.label ?? "";
      const day = DAYS.find(({ value }) => value === repeat.day)?.name ?? "";
      return t`On the ${nth} ${day} of every month`;
    }
    case "rule":
      return repeat.text;
  }
}

/** A moment as the clocks of a zone show it, with the offset that holds there then: "Sun, 29 Mar 2026, 03:30 GMT+2". */
export function inZone(moment: string, zone: string): string {
  // In English the day comes first wherever the reader lives: a window far ahead must not be read as another one.
  const place = locale().startsWith("en") ? "en-GB" : locale();
  return new Intl.DateTimeFormat(place, {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "shortOffset",
  }).format(new Date(moment));
}
