import { choicesParam, defined, idParam } from "./search-params";
import { SEVERITIES, type SeverityName } from "./severities";

export const ALERT_STATES = ["firing", "unknown", "pending"] as const;
export type AlertStateName = (typeof ALERT_STATES)[number];

/** What the URL of the list of alerts holds; left out means all of them. */
export interface AlertSearch {
  state?: AlertStateName[];
  severity?: SeverityName[];
  agent?: number;
  rule?: number;
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseAlertSearch(search: Record<string, unknown>): AlertSearch {
  return defined({
    state: choicesParam(search.state, ALERT_STATES),
    severity: choicesParam(search.severity, SEVERITIES),
    agent: idParam(search.agent),
    rule: idParam(search.rule),
  });
}
