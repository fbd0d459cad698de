// What the judge of a run saw, in words: each verdict says what it rests on.
import { select, t } from "@lingui/core/macro";
import type { TruthName } from "./runbook-run-words";
import { duration, formatValue } from "./units";

export type CheckName = "when" | "baseline" | "expect" | "worse_before" | "worse";

/** In the order in which they are asked. */
export const CHECKS: readonly { name: CheckName; label: string; text: string }[] = [
  { name: "when", label: t`Only when`, text: t`whether it was to act at all` },
  { name: "baseline", label: t`Before`, text: t`what was expected, before anything was done` },
  { name: "worse_before", label: t`Worse before`, text: t`what must not come about, before anything was done` },
  { name: "expect", label: t`Expected after`, text: t`by samples taken after the last step` },
  { name: "worse", label: t`Worse after`, text: t`by samples taken after the last step` },
];

export interface SeriesSeen {
  labels: Record<string, string>;
  value: number | null;
  threshold: number | null;
  at: string;
  known: boolean;
  holds: boolean;
}

/** What one check rested on, as the hub keeps it. */
export interface Evidence {
  condition: string;
  truth: TruthName;
  /** Whether all series have to suit, or any one is enough. */
  every: boolean;
  /** Whether it is the alert's own condition that must not hold any more. */
  resolved: boolean;
  /** Samples taken before do not count. */
  since: string;
  /** When the first sample was taken that counts. */
  first: string | null;
  series?: SeriesSeen[];
  /** Series that are not listed. */
  more?: number;
  parts?: { condition: string; verdict: string }[];
  at?: string | null;
}

/** What was kept of a check; null where nothing was looked at so far. */
export function evidenceOf(kept: Readonly<Record<string, unknown>>): Evidence | null {
  return "truth" in kept && "since" in kept ? (kept as unknown as Evidence) : null;
}

const seconds = (moment: string) => Date.parse(moment) / 1000;

/** When the newest sample was taken, in seconds after samples began to count; null for none. */
export function newestAfter({ since, series = [], at }: Evidence): number | null {
  const moments = [...series.filter(({ known }) => known).map((one) => one.at), ...(at == null ? [] : [at])];
  const ages = moments.map((one) => seconds(one) - seconds(since)).filter((age) => Number.isFinite(age) && age >= 0);
  return ages.length === 0 ? null : Math.max(...ages);
}

function age(value: number): string {
  return value < 1 ? t`less than a second` : duration(value);
}

/** "3 of 3 series, newest sample 4 s after the last step": what a check rests on. */
export function evidenceWords(evidence: Evidence, check: CheckName): string {
  const { series, more = 0, resolved, truth } = evidence;
  const begin = check === "expect" || check === "worse" ? "step" : "run";
  const newest = newestAfter(evidence);
  const time = age(newest ?? 0);
  const sample =
    newest === null
      ? t`no sample came since`
      : t`newest sample ${time} after ${select(begin, { step: "the last step", other: "the run began" })}`;
  if (series === undefined) {
    return newest === null
      ? t`No sample came since ${select(begin, { step: "the last step", other: "the run began" })}`
      : capital(sample);
  }
  const [shown, all] = [series.length, series.length + more];
  if (all === 0) return t`There is no such series`;
  if (resolved)
    return truth === "holds"
      ? t`The alert’s condition does not hold, ${sample}`
      : t`The alert’s condition holds, ${sample}`;
  const good = series.filter(({ known, holds }) => known && holds).length;
  return more > 0
    ? t`${good} of the first ${shown} of ${all} series, ${sample}`
    : t`${good} of ${all} series, ${sample}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A value as the condition has it. */
export function seenValue({ value, known }: SeriesSeen): string {
  return known ? formatValue(value, "1") : t`no sample`;
}
