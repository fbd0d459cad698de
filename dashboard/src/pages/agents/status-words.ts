import { t } from "@lingui/core/macro";
import type { StatusName } from "@/components/status";

/** The status of agents within a line of words: "12 online". */
export const STATUS_WORDS: Record<StatusName, string> = {
  online: t`online`,
  offline: t`offline`,
  error: t({ message: "error", context: "status of an agent" }),
  maintenance: t({ message: "maintenance", context: "status of an agent" }),
  "never seen": t`never seen`,
};
