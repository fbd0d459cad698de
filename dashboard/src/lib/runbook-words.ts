// What runbooks and their runs are, in words for people.
import { plural, t } from "@lingui/core/macro";
import { uncapitalized } from "./language";
import { repeatWords } from "./recurrence";
import type { ModeName, TriggerForm } from "./runbook-form";
import { severitiesText } from "./severity-words";
import { duration } from "./units";

export const MODES: readonly { value: ModeName; label: string; text: string }[] = [
  {
    value: "suggest",
    label: t`Suggest`,
    text: t`Tells people that it could help. Nothing happens until somebody runs it.`,
  },
  { value: "approve", label: t`Ask first`, text: t`Waits for one tap of a person, and acts then.` },
  {
    value: "automatic",
    label: t`Automatic`,
    text: t`Acts by itself, day and night, within its limits, with the rights of whoever saved this version.`,
  },
];

export function modeLabel(mode: ModeName): string {
  return MODES.find(({ value }) => value === mode)?.label ?? mode;
}

/** "When “Web server down” fires (critical)", or when a schedule comes. */
export function triggerWords(trigger: TriggerForm): string {
  if ("schedule" in trigger) {
    const often = repeatWords(trigger.schedule);
    const { starts, zone } = trigger;
    const clock = starts.slice(11, 16);
    return t`${often} at ${clock} (${zone})`;
  }
  const rule = trigger.alert === "*" ? t`any alert` : `“${trigger.alert}”`;
  const severities = severitiesText(trigger.severity ?? []);
  const when = trigger.event === "resolved" ? t`When ${rule} is over` : t`When ${rule} fires`;
  return severities === "" ? when : `${when} (${severities})`;
}

/** All triggers in a line; a runbook without any is run by hand. */
export function triggersWords(triggers: readonly TriggerForm[]): string {
  if (triggers.length === 0) return t`By hand only`;
  const [first = "", ...others] = triggers.map(triggerWords);
  return others.map(uncapitalized).reduce((line, next) => t`${line}, or ${next}`, first);
}

/** What is wrong in a runbook stands at a path; this is how people call the place: "Step 2, parameter unit". */
export function placeWords(path: string): string {
  const [head = "", ...rest] = path.split(".");
  const [, name = "", index] = /^(\w+)(?:\[(\d+)\])?/.exec(head) ?? [];
  const nouns: Record<string, string> = { steps: t`Step`, undo: t`Undo step`, triggers: t`Trigger` };
  const fields: Record<string, string> = {
    on: t`Machines`,
    when: t`Only when`,
    expect: t`Expected after`,
    worse: t`Worse`,
    within: t`Expected within`,
    approve_within: t`Time to decide`,
  };
  const plain = (text: string) => text.replace(/_/g, " ").replace(/\[(\d+)\]/g, (_, at) => ` ${Number(at) + 1}`);
  const begin =
    index === undefined ? (fields[name] ?? plain(name)) : `${nouns[name] ?? plain(name)} ${Number(index) + 1}`;
  const more = rest
    .map((part, at) => (part === "params" && rest.length > at + 1 ? t`parameter` : plain(part)))
    .join(" ");
  const words = [begin, more].filter((one) => one !== "").join(", ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the limits mean, in a sentence. */
export function limitsWords({
  cooldown,
  perHour,
  fleetPerHour,
  atOnce,
}: {
  cooldown: number;
  perHour: number;
  fleetPerHour: number;
  atOnce: number;
}): string {
  const rest = duration(cooldown);
  return t`On one machine at most ${plural(perHour, { one: "once", other: "# times" })} an hour, and not within ${rest} after a run ended; on all together at most ${plural(fleetPerHour, { one: "once", other: "# times" })} an hour, on ${atOnce} at once.`;
}

/** What the breaker means, in a sentence. */
export function breakerWords({ after, within }: { after: number; within: number }): string {
  const time = duration(within);
  return t`It stops itself when it was begun ${plural(after, { one: "once", other: "# times" })} on one machine within ${time} and is asked for again, or when ${plural(after, { one: "# run", other: "# runs in a row" })} did not help. Then it does nothing by itself until somebody closes the breaker.`;
}
