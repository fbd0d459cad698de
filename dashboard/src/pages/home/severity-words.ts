import { t } from "@lingui/core/macro";
import type { SeverityName } from "@/lib/severities";

/** How grave something is, within a line of words. */
export const SEVERITY_WORDS: Record<SeverityName, string> = {
  critical: t({ message: "critical", context: "severity" }),
  warning: t({ message: "warning", context: "severity" }),
  info: t({ message: "info", context: "severity" }),
};
