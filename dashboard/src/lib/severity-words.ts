import { t } from "@lingui/core/macro";
import { joined } from "./language";
import type { SeverityName } from "./severities";

/** Severities as they stand within a line. */
export const SEVERITY_WORDS: Record<SeverityName, string> = {
  critical: t({ message: "critical", context: "severity" }),
  warning: t({ message: "warning", context: "severity" }),
  info: t({ message: "info", context: "severity" }),
};

/** "critical or warning". */
export function severitiesText(severities: readonly SeverityName[]): string {
  return joined(
    severities.map((one) => SEVERITY_WORDS[one]),
    "disjunction",
  );
}
