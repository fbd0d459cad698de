import { t } from "@lingui/core/macro";
import type { RunbookForm } from "./runbook-form";
import { choicesParam, defined, idParam, textParam } from "./search-params";

export const VIEWS = [
  { value: "runbooks", label: t`Runbooks` },
  { value: "runs", label: t`Runs` },
  { value: "examples", label: t`Examples` },
] as const;
export type RunbooksView = (typeof VIEWS)[number]["value"];

/** What the URL of the runbooks holds. */
export interface RunbooksSearch {
  q?: string;
  view?: RunbooksView;
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseRunbooksSearch(search: Record<string, unknown>): RunbooksSearch {
  const [view] = choicesParam(search.view, ["runs", "examples"] as const) ?? [];
  return defined({ q: textParam(search.q), view });
}

/** What the URL of a new runbook holds: what it begins from. */
export interface NewRunbookSearch {
  /** A runbook that is copied. */
  from?: number;
  example?: string;
}

export function parseNewRunbookSearch(search: Record<string, unknown>): NewRunbookSearch {
  return defined({ from: idParam(search.from), example: textParam(search.example)?.slice(0, 128) });
}

interface ListedRunbook {
  name: string;
  enabled: boolean;
  definition: RunbookForm;
  breaker: { open: boolean };
}

/** Whether each word of a text stands somewhere in a runbook. */
export function matchesRunbook({ name, definition }: ListedRunbook, q = ""): boolean {
  const text = `${name} ${JSON.stringify(definition)}`.toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Those that stopped themselves first, then those that are on, then by name. */
export function byUrgency(one: ListedRunbook, other: ListedRunbook): number {
  return (
    Number(other.breaker.open) - Number(one.breaker.open) ||
    Number(other.enabled) - Number(one.enabled) ||
    one.name.localeCompare(other.name)
  );
}
