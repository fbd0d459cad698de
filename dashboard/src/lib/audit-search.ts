import { t } from "@lingui/core/macro";

export const RESULTS = ["ok", "refused", "failed"] as const;
export type AuditResult = (typeof RESULTS)[number];

/** How far back the list goes, in seconds. */
export const WINDOWS = { "1h": 3600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000 } as const;
export type AuditWindow = keyof typeof WINDOWS;

/** What the URL of the audit log holds; left out means "all". */
export interface AuditSearch {
  q?: string;
  actor?: string;
  target?: string;
  action?: string[];
  result?: AuditResult;
  within?: AuditWindow;
}

function text(value: unknown): string | undefined {
  return value === undefined || String(value) === "" ? undefined : String(value).slice(0, 256);
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseAuditSearch(search: Record<string, unknown>): AuditSearch {
  const found: AuditSearch = {};
  for (const key of ["q", "actor", "target"] as const) {
    const value = text(search[key]);
    if (value !== undefined) found[key] = value;
  }
  const actions = (Array.isArray(search.action) ? search.action : [search.action])
    .map(text)
    .filter((one) => one !== undefined);
  if (actions.length > 0) found.action = actions.slice(0, 50);
  const result = RESULTS.find((one) => one === search.result);
  if (result !== undefined) found.result = result;
  const within = (Object.keys(WINDOWS) as AuditWindow[]).find((one) => one === search.within);
  if (within !== undefined) found.within = within;
  return found;
}

/** One field of what was changed; undefined where it was not there. */
export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

type Part = Record<string, unknown> | null;

/** The fields that differ, by name; an entry that has only one of the two made or removed something. */
export function fieldChanges(before: Part, after: Part): FieldChange[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return names
    .map((field) => ({ field, before: before?.[field], after: after?.[field] }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
}

/** A value as people read it: text as it is, everything else as JSON. */
export function shownValue(value: unknown): string {
  if (typeof value === "string") return value === "" ? t`(empty)` : value;
  if (value === null || value === undefined) return t`(none)`;
  return JSON.stringify(value);
}
