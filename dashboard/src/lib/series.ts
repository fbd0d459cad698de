import { plural, t } from "@lingui/core/macro";

/** What identifies and describes one series of an agent, as the hub's layouts and answers name it. */
export interface SeriesMeta {
  metric: string;
  unit: string;
  kind: string;
  labels: Record<string, string>;
}

/** A time in which an agent is known to have no data, with the hub's reason. Unix seconds. */
export interface Gap {
  from: number;
  to: number;
  reason: string;
  /** Frames that the agent took and the hub does not have. */
  lost_frames: number;
}

/** The hub's reasons for gaps in words. */
const REASONS: Record<string, string> = {
  "agent not running": t`agent not running`,
  "spool overflow": t`spool overflow`,
  "frames lost": t`frames lost`,
  rejected: t({ message: "rejected", context: "samples" }),
  "clock set forward": t`clock set forward`,
  "clock set back": t`clock set back`,
  paused: t({ message: "paused", context: "agent" }),
  "not sampled": t`not sampled`,
};

/** Why there is no data, for people: "No data: spool overflow, 300 frames lost". */
export function describeGap(gap: Gap | undefined): string {
  if (gap === undefined || /^no data$/i.test(gap.reason)) return t`No data`;
  const reason = REASONS[gap.reason] ?? gap.reason;
  const { lost_frames: lost } = gap;
  if (lost === 0) return t`No data: ${reason}`;
  return gap.reason === "frames lost"
    ? t`No data: ${plural(lost, { one: "# frame lost", other: "# frames lost" })}`
    : t`No data: ${reason}, ${plural(lost, { one: "# frame lost", other: "# frames lost" })}`;
}

/** The key of a series within one agent: equal for equal metric and labels, in whatever order they come. */
export function seriesKey(metric: string, labels: Record<string, string>): string {
  const parts = Object.keys(labels)
    .sort()
    .map((name) => `${name}=${labels[name]}`);
  return parts.length === 0 ? metric : `${metric}|${parts.join(",")}`;
}

/** Whether the series has all the labels given; a value of null means that the label must be absent. */
export function matchesLabels(meta: SeriesMeta, wanted: Record<string, string | null>): boolean {
  return Object.entries(wanted).every(([name, value]) =>
    value === null ? meta.labels[name] === undefined : meta.labels[name] === value,
  );
}

/** Labels as a legend shows them: values only while that is clear, else name=value pairs. */
export function describeLabels(labels: Record<string, string>): string {
  const names = Object.keys(labels).sort();
  if (names.length === 0) return t`value`;
  if (names.length === 1) return labels[names[0] ?? ""] ?? "";
  return names.map((name) => `${name}=${labels[name]}`).join(" ");
}
