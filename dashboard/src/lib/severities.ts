export const SEVERITIES = ["critical", "warning", "info"] as const;
export type SeverityName = (typeof SEVERITIES)[number];

/** How grave it is: 0 is the gravest. */
export function severityRank(severity: SeverityName): number {
  return SEVERITIES.indexOf(severity);
}
