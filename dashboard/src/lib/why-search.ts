import { defined, idParam, momentParam, textParam } from "./search-params";

/** What the URL of "why was I paged" holds: what is asked about, and when. */
export interface WhySearch {
  incident?: number;
  /** An alert by its fingerprint. */
  alert?: string;
  agent?: number;
  rule?: number;
  metric?: string;
  /** Unix seconds; left out means now. */
  at?: number;
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseWhySearch(search: Record<string, unknown>): WhySearch {
  const alert = textParam(search.alert);
  return defined({
    incident: idParam(search.incident),
    alert: alert !== undefined && /^[0-9a-f]{64}$/.test(alert) ? alert : undefined,
    agent: idParam(search.agent),
    rule: idParam(search.rule),
    metric: textParam(search.metric),
    at: momentParam(search.at),
  });
}
