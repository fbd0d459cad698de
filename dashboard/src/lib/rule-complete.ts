import { t } from "@lingui/core/macro";

/** What the hub knows, to complete from. */
export interface Vocabulary {
  metrics: readonly { metric: string; unit: string; labels: Record<string, string[]> }[];
  /** Values by what agents are chosen by: agent, type, environment, tag. */
  agents: Record<string, readonly string[]>;
  /** What is written is a condition by itself: it has no `on`, `clear` and `keep`, and counts no agents. */
  bare?: boolean;
  /** Labels of the alert, of which a demand may take the value. */
  alertLabels?: readonly string[];
}

export interface Completion {
  label: string;
  /** What takes the place of what was typed. */
  insert: string;
  /** What it is or does. */
  note: string;
}

export interface Completions {
  /** Where the text begins that a completion replaces; it ends at the caret. */
  from: number;
  items: Completion[];
}

const MAX_ITEMS = 50;
const PLAIN_VALUE = /^[a-zA-Z0-9_./:@*?+-]+$/;
const FUNCTIONS: readonly (readonly [string, string])[] = [
  ["avg", t`mean over a window`],
  ["min", t`lowest of a window`],
  ["max", t`highest of a window`],
  ["sum", t`sum over a window`],
  ["rate", t`growth of a counter each second`],
  ["last", t`newest of a window`],
  ["p50", t`median over a window`],
  ["p95", t`95th percentile over a window`],
  ["p99", t`99th percentile over a window`],
];
const CALLS: readonly (readonly [string, string])[] = [
  ["absent", t`nothing comes`],
  ["count", t`on how many agents something holds`],
  ["change", t`change against an earlier time`],
  ["forecast", t`what it will be if it goes on like this`],
];
const CLAUSES: readonly (readonly [string, string])[] = [
  ["for", t`how long it must hold`],
  ["clear", t`what ends the alert`],
  ["keep", t`how long it must be clear`],
  ["on", t`which agents`],
];
const DURATIONS = ["1m", "5m", "10m", "30m", "1h", "6h", "24h"];
const AGENT_KEYS: readonly (readonly [string, string])[] = [
  ["agent", t`by name`],
  ["type", t`by type`],
  ["environment", t`by environment`],
  ["tag", t`by tag`],
];
const OPERATORS: readonly (readonly [string, string])[] = [
  [">", t`above`],
  ["<", t`below`],
  [">=", t`at least`],
  ["<=", t`at most`],
];

/** A value as it stands in an expression: quoted where it must be. */
export function quoted(value: string): string {
  return PLAIN_VALUE.test(value) ? value : `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

const words = (pairs: readonly (readonly [string, string])[], end = " "): Completion[] =>
  pairs.map(([label, note]) => ({ label, insert: `${label}${end}`, note }));

/** Keeps what has the word in it, what begins with it first; nothing where the word is complete already. */
function pick(items: readonly Completion[], word: string): Completion[] {
  const wanted = word.toLowerCase();
  const rank = ({ label }: Completion) => label.toLowerCase().indexOf(wanted);
  const found = items.filter((one) => rank(one) !== -1);
  if (found.length === 1 && found[0]?.insert.trim() === word) return [];
  return found.sort((one, other) => Math.min(rank(one), 1) - Math.min(rank(other), 1)).slice(0, MAX_ITEMS);
}

/** Takes out what stands in quotes and comments, so that brackets in it are not counted; lengths stay. */
function bare(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"?|#[^\n]*/g, (found) => "\u00a0".repeat(found.length));
}

/** The value part of a demand that is being written: `key=va`, `key~"va`, `key in (a, va`. */
const VALUE = /([\w.]+)\s*(?:!=|=|~|\bin\s*\((?:[^()]*,)?)\s*("?)([^\s",(){}]*)$/;
const WORD = /[\w.]*$/;

/** What could be written at the caret of a text that says which agents, and nothing else. */
export function completeAgents(text: string, caret: number, known: Vocabulary): Completions {
  const begin = "on ";
  const { from, items } = inAgents(begin + text.slice(0, caret), begin.length, known);
  return { from: from - begin.length, items: items.filter(({ label }) => !CLAUSES.some(([word]) => word === label)) };
}

/** What could be written at the caret. */
export function complete(text: string, caret: number, known: Vocabulary): Completions {
  const before = text.slice(0, caret);
  const clean = bare(before);
  const brace = clean.lastIndexOf("{");
  if (brace > clean.lastIndexOf("}")) return inLabels(before, brace, known);
  const on = /(?:^|\s)on\s(?!.*\s(?:for|clear|keep)\s)/s.exec(clean);
  if (on !== null && known.bare !== true) return inAgents(before, on.index + on[0].length, known);
  return inCondition(before, clean, known);
}

function valuesAt(before: string, start: number, values: (key: string) => readonly string[]): Completions | null {
  const found = VALUE.exec(before.slice(start));
  if (found === null) return null;
  const [, key = "", quote = "", word = ""] = found;
  const items = values(key).map((value) => ({ label: value, insert: quoted(value), note: "" }));
  return { from: before.length - word.length - quote.length, items: pick(items, word) };
}

function inLabels(before: string, brace: number, known: Vocabulary): Completions {
  const name = /[\w.]+\s*$/.exec(before.slice(0, brace))?.[0].trim();
  const labels = known.metrics.find(({ metric }) => metric === name)?.labels ?? {};
  const values = valuesAt(before, brace + 1, (key) => [
    ...(known.alertLabels ?? []).map((name) => `$label.${name}`),
    ...(labels[key] ?? []),
  ]);
  if (values !== null) return values;
  const word = WORD.exec(before)?.[0] ?? "";
  const items = Object.entries(labels).map(([key, some]) => ({
    label: key,
    insert: `${key}=`,
    note: some.slice(0, 3).join(", ") + (some.length > 3 ? ", …" : ""),
  }));
  return { from: before.length - word.length, items: pick(items, word) };
}

function inAgents(before: string, start: number, known: Vocabulary): Completions {
  const values = valuesAt(before, start, (key) => known.agents[key] ?? []);
  if (values !== null) return values;
  const word = WORD.exec(before)?.[0] ?? "";
  const from = before.length - word.length;
  const begins = from === start || /(?:\band|^)\s*$/.test(before.slice(start, from));
  return { from, items: pick(begins ? words(AGENT_KEYS, "=") : words([["and", t`another demand`], ...CLAUSES]), word) };
}

function metrics(known: Vocabulary): Completion[] {
  return known.metrics.map(({ metric, unit }) => ({ label: metric, insert: metric, note: unit === "1" ? "" : unit }));
}

function inCondition(before: string, clean: string, known: Vocabulary): Completions {
  const word = WORD.exec(before)?.[0] ?? "";
  const from = before.length - word.length;
  const ahead = clean.slice(0, from).trimEnd();
  const clauses = known.bare === true ? CLAUSES.filter(([name]) => name === "for") : CLAUSES;
  const items = (): Completion[] => {
    if (/\babsent\s*\($/.test(ahead))
      return [{ label: "agent", insert: "agent)", note: t`it is offline` }, ...metrics(known)];
    if (/(?:^|\s)(?:for|keep)$/.test(ahead))
      return DURATIONS.map((label) => ({ label, insert: `${label} `, note: "" }));
    if (/(?:^|\s)clear$/.test(ahead)) return words(OPERATORS);
    if (ahead.endsWith(",")) return DURATIONS.map((label) => ({ label, insert: label, note: "" }));
    if (/(?:^|[(/]|\s(?:and|or))$/.test(ahead)) {
      const calls = ahead.endsWith("/")
        ? []
        : words([...FUNCTIONS, ...CALLS.filter(([name]) => name !== "count" || known.bare !== true)], "(");
      return word === "" ? [...calls, ...metrics(known)] : [...metrics(known), ...calls];
    }
    if (/(?:[<>]=?|[=!]=)$/.test(ahead)) return [];
    // Behind an amount, or what is closed, other parts may follow; behind a metric, what it is compared with.
    if (/\s$/.test(before.slice(0, from)) || from === 0) {
      const amount = /(?:[<>]=?|[=!]=|for|keep|of)\s*[-+]?[\d.]+(?:%|[a-zA-Zµ]*)(?:\/s)?\)?$/.test(ahead);
      const absent = /\babsent\s*\([^()]*\)$/.test(ahead);
      if (amount || absent) return words([["and", t`both must hold`], ["or", t`one must hold`], ...clauses]);
      return words(OPERATORS);
    }
    return [];
  };
  return { from, items: pick(items(), word) };
}
