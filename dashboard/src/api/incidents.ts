// Alerts, incidents, and what was told of them.
import { api, unwrap } from "./client";
import type { AlertPage, IncidentDetail, IncidentPage, NoticePage, Severity, Why } from "./types";

export interface IncidentFilter {
  state?: ("open" | "acknowledged" | "resolved")[];
  severity?: Severity[];
  agent?: number[];
  q?: string;
  before?: number;
  limit?: number;
}

export function fetchIncidents(query: IncidentFilter, signal?: AbortSignal): Promise<IncidentPage> {
  return unwrap(api.GET("/api/v1/incidents", { params: { query }, ...(signal === undefined ? {} : { signal }) }));
}

const of = (id: number) => ({ path: { incident_id: id } });

/** An incident with the newest lines of its timeline, or those from before one. */
export function fetchIncident(id: number, before?: number): Promise<IncidentDetail> {
  const query = before === undefined ? {} : { before };
  return unwrap(api.GET("/api/v1/incidents/{incident_id}", { params: { ...of(id), query } }));
}

/** Looks after it until a moment in Unix seconds. */
export function acknowledge(id: number, until: number): Promise<IncidentDetail> {
  return unwrap(api.POST("/api/v1/incidents/{incident_id}/acknowledge", { params: of(id), body: { until } }));
}

export function unacknowledge(id: number): Promise<IncidentDetail> {
  return unwrap(api.POST("/api/v1/incidents/{incident_id}/unacknowledge", { params: of(id) }));
}

/** Makes somebody its owner; an empty name stands for nobody. */
export function assign(id: number, assignee: string): Promise<IncidentDetail> {
  return unwrap(api.POST("/api/v1/incidents/{incident_id}/assign", { params: of(id), body: { assignee } }));
}

export function comment(id: number, text: string): Promise<IncidentDetail> {
  return unwrap(api.POST("/api/v1/incidents/{incident_id}/comments", { params: of(id), body: { text } }));
}

/** Writes the post-mortem notes unless they are no longer what they were when the change began. */
export function writeNotes(id: number, text: string, basedOn: string): Promise<IncidentDetail> {
  const body = { text, based_on: basedOn };
  return unwrap(api.PUT("/api/v1/incidents/{incident_id}/notes", { params: of(id), body }));
}

export function resolve(id: number, reason: string): Promise<IncidentDetail> {
  return unwrap(api.POST("/api/v1/incidents/{incident_id}/resolve", { params: of(id), body: { reason } }));
}

export function reopen(id: number): Promise<IncidentDetail> {
  return unwrap(api.POST("/api/v1/incidents/{incident_id}/reopen", { params: of(id) }));
}

/** Takes the alerts of other incidents into this one. */
export function merge(id: number, incidents: number[]): Promise<IncidentDetail> {
  return unwrap(api.POST("/api/v1/incidents/{incident_id}/merge", { params: of(id), body: { incidents } }));
}

/** What was told of an incident, and what became of it. */
export function fetchNotices(incident: number): Promise<NoticePage> {
  return unwrap(api.GET("/api/v1/notifications", { params: { query: { incident, limit: 200 } } }));
}

export interface AlertFilter {
  state?: ("pending" | "firing" | "unknown")[];
  severity?: Severity[];
  agent?: number[];
  rule?: number[];
  cursor?: string;
  limit?: number;
}

export function fetchAlerts(query: AlertFilter, signal?: AbortSignal): Promise<AlertPage> {
  return unwrap(api.GET("/api/v1/alerts", { params: { query }, ...(signal === undefined ? {} : { signal }) }));
}

export interface WhyQuestion {
  agent_id?: number;
  rule_id?: number;
  metric?: string;
  fingerprint?: string;
  incident_id?: number;
  /** Unix seconds. */
  at?: number;
}

/** Why people were, or were not, told. */
export function fetchWhy(query: WhyQuestion, signal: AbortSignal): Promise<Why> {
  return unwrap(api.GET("/api/v1/alerts/why", { params: { query }, signal }));
}
