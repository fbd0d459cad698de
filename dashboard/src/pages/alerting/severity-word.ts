import { t } from "@lingui/core/macro";
import type { SeverityName } from "@/lib/severities";

const WORDS: Record<SeverityName, string> = {
  critical: t({ message: "critical", context: "severity" }),
  warning: t({ message: "warning", context: "severity" }),
  info: t({ message: "info", context: "severity" }),
};

/** A severity within a line: what the hub calls it where no word is known. */
export function severityWord(severity: string): string {
  return Object.hasOwn(WORDS, severity) ? WORDS[severity as SeverityName] : severity;
}
