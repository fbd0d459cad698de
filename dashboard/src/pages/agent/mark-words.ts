import { plural, t } from "@lingui/core/macro";
import type { AgentEvent, Mark } from "@/api/types";
import { actionTitle } from "@/lib/action-words";
import { clustered } from "@/lib/agent-events";
import { joined } from "@/lib/language";
import type { TimeMark } from "@/lib/marks";
import type { TimeWindow } from "@/lib/range";
import { COMMAND_WORDS, RUN_WORDS } from "@/lib/run-words";
import { OUTCOME_WORDS, RUN_STATE_WORDS, VERDICT_WORDS } from "@/lib/runbook-run-words";
import type { LaneMark } from "@/pages/marks/lane";
import { setMarkOf } from "@/pages/marks/set-mark";

/** Alerts that begin within this share of the time that is shown are one mark. */
const CLOSE = 1 / 24;
const NAMED = 3;
const EVENTS = "#events";

const LABELS: Readonly<Record<string, { label: string } | string>> = {
  ...COMMAND_WORDS,
  ...RUN_WORDS,
  ...RUN_STATE_WORDS,
  ...OUTCOME_WORDS,
};

function stateWord(state: string): string {
  const known = LABELS[state];
  return known === undefined ? state : typeof known === "string" ? known : known.label;
}

const VERDICT_COLORS: Readonly<Record<string, TimeMark["color"]>> = {
  fixed: "ok",
  not_fixed: "bad",
  worse: "bad",
  unknown: "warn",
};

function colorOf({ kind, state, until }: AgentEvent): TimeMark["color"] {
  const verdict = kind === "runbook" ? VERDICT_COLORS[state] : undefined;
  if (verdict !== undefined) return verdict;
  if (until === null) return "accent";
  if (/fail|refus|timed|stopped/.test(state)) return "bad";
  return state === "unknown" ? "warn" : "muted";
}

const unix = (timestamp: string) => Date.parse(timestamp) / 1000;

/** What happened and what was noted, as marks; those of alerts lie below the others. */
export function marksOf(
  done: readonly AgentEvent[],
  alerts: readonly AgentEvent[],
  set: readonly Mark[],
  window: TimeWindow,
): LaneMark[] {
  return [...alertMarks(alerts, window), ...done.map(markOf), ...set.map(setMarkOf)];
}

function markOf(one: AgentEvent): LaneMark {
  const at = unix(one.at);
  const until = one.until === null ? null : unix(one.until);
  if (one.kind === "restart") {
    const title = one.state === "first" ? t`First connection` : t({ message: "Restart", context: "noun" });
    const text = one.state === "first" ? t`The agent connected` : t`The agent started anew`;
    return { id: one.id, at, until: at, title, text, color: "muted", kind: "restart", link: EVENTS };
  }
  const run = one.kind === "runbook";
  const verdict = run && Object.hasOwn(VERDICT_WORDS, one.state) ? (one.state as keyof typeof VERDICT_WORDS) : null;
  return {
    id: one.id,
    at,
    until,
    title: run ? one.title : actionTitle(one.title, one.params),
    text: verdict === null ? stateWord(one.state) : VERDICT_WORDS[verdict].label,
    color: colorOf(one),
    kind: run ? "run" : "command",
    link: `/${run ? "runbook-runs" : "commands"}/${one.link?.id ?? ""}`,
  };
}

interface Spell {
  at: number;
  until: number | null;
  event: AgentEvent;
}

/**
 * Times in which alerts fired. Those that begin close together are one mark, so that many alerts do not bury the rest;
 * what is information only stands in the list of events alone.
 */
function alertMarks(alerts: readonly AgentEvent[], { from, to }: TimeWindow): LaneMark[] {
  const spells = alerts.filter(({ severity }) => severity !== "info").flatMap((one) => spellOf(one, from));
  const before = spells.filter(({ at }) => at < from);
  const groups = clustered(
    spells.filter(({ at }) => at >= from),
    (to - from) * CLOSE,
  );
  return [...(before.length > 0 ? [before] : []), ...groups].map(alertMark);
}

/** One that was resolved tells of its begin where that is too long ago to be told of itself. */
function spellOf(event: AgentEvent, from: number): Spell[] {
  const { state, at, until, since } = event;
  if (state === "firing") return [{ at: unix(at), until: until === null ? null : unix(until), event }];
  return since !== null && unix(since) < from ? [{ at: unix(since), until: unix(at), event }] : [];
}

function alertMark(spells: readonly Spell[]): LaneMark {
  const events = spells.map(({ event }) => event);
  const ends = spells.map(({ until }) => until);
  const incidents = new Set(events.map(({ link }) => link?.id));
  const [incident] = incidents;
  const names = [...new Set(events.map(({ title }) => title))];
  const count = events.length;
  const until = ends.some((one) => one === null) ? null : Math.max(...ends.map((one) => one ?? 0));
  const more = names.length > NAMED ? [t`others`] : [];
  return {
    id: `alerts ${events[0]?.id ?? ""}`,
    at: Math.min(...spells.map(({ at }) => at)),
    until,
    title: plural(count, { one: "Alert", other: "# alerts" }),
    text: joined([...names.slice(0, NAMED), ...more]),
    color: events.some(({ severity }) => severity === "critical") ? "bad" : "warn",
    kind: "alert",
    link: incidents.size === 1 && incident !== undefined ? `/incidents/${incident}` : EVENTS,
  };
}
