import { t } from "@lingui/core/macro";
import type { StatusName } from "./status";

/** A status as it stands within a line. */
export const STATUS_WORDS: Record<StatusName, string> = {
  online: t`online`,
  offline: t`offline`,
  error: t`error`,
  maintenance: t`maintenance`,
  "never seen": t`never seen`,
};
