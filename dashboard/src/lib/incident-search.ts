import { choicesParam, defined, idParam, textParam } from "./search-params";
import { SEVERITIES, type SeverityName, severityRank } from "./severities";

export const SHOWN = ["open", "resolved", "all"] as const;

/** What the URL of the list of incidents holds; left out means "not resolved" for `show`, and "all" else. */
export interface IncidentSearch {
  show?: (typeof SHOWN)[number];
  severity?: SeverityName[];
  agent?: number;
  q?: string;
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseIncidentSearch(search: Record<string, unknown>): IncidentSearch {
  return defined({
    show: choicesParam(search.show, SHOWN)?.[0],
    severity: choicesParam(search.severity, SEVERITIES),
    agent: idParam(search.agent),
    q: textParam(search.q),
  });
}

interface Ranked {
  id: number;
  state: "open" | "acknowledged" | "resolved";
  severity: SeverityName;
}

const STATES = ["open", "acknowledged", "resolved"];

/** Those that nobody looks after first, then the gravest, then the newest. */
export function byUrgency(one: Ranked, other: Ranked): number {
  return (
    STATES.indexOf(one.state) - STATES.indexOf(other.state) ||
    severityRank(one.severity) - severityRank(other.severity) ||
    other.id - one.id
  );
}
