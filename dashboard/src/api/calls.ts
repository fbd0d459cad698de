import { api, unwrap } from "./client";
import type {
  Agent,
  AgentPage,
  EnrollmentToken,
  ProcessList,
  ProcessUseList,
  Retention,
  SeriesAnswer,
  User,
} from "./types";

export interface AgentChanges {
  name?: string;
  environment?: string;
  tags?: string[];
}

export interface SeriesQuery {
  agent: number;
  /** Unix seconds. */
  from: number;
  to: number;
  points: number;
}

export async function login(username: string, password: string): Promise<User> {
  return (await unwrap(api.POST("/api/v1/auth/login", { body: { username, password } }))).user;
}

export async function logout(): Promise<void> {
  await unwrap(api.POST("/api/v1/auth/logout"));
}

export function fetchMe(): Promise<User> {
  return unwrap(api.GET("/api/v1/auth/me"));
}

export function fetchAgents(cursor: string | null, limit: number, sparklines: boolean): Promise<AgentPage> {
  const query = cursor === null ? { limit, sparklines } : { limit, sparklines, cursor };
  return unwrap(api.GET("/api/v1/agents", { params: { query } }));
}

export function fetchAgent(agent: number): Promise<Agent> {
  return unwrap(api.GET("/api/v1/agents/{agent_id}", { params: { path: { agent_id: agent } } }));
}

export function changeAgent(agent: number, changes: AgentChanges): Promise<Agent> {
  return unwrap(api.PATCH("/api/v1/agents/{agent_id}", { params: { path: { agent_id: agent } }, body: changes }));
}

export async function deleteAgent(agent: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/agents/{agent_id}", { params: { path: { agent_id: agent } } }));
}

/** Every series of the agent in the window, thinned to about `points` points each. */
export function fetchSeries({ agent, from, to, points }: SeriesQuery, signal: AbortSignal): Promise<SeriesAnswer> {
  const query = { agent: [agent], from, to, points };
  return unwrap(api.GET("/api/v1/series", { params: { query }, signal }));
}

export function fetchProcesses(agent: number): Promise<ProcessList> {
  return unwrap(api.GET("/api/v1/agents/{agent_id}/processes", { params: { path: { agent_id: agent } } }));
}

/** The look at the processes that is nearest to a moment (Unix seconds), if there is one within a minute. */
export function fetchProcessesAt(agent: number, at: number, signal: AbortSignal): Promise<ProcessList> {
  const params = { path: { agent_id: agent }, query: { at, nearest: true } };
  return unwrap(api.GET("/api/v1/agents/{agent_id}/processes", { params, signal }));
}

export interface TopQuery {
  agent: number;
  /** Unix seconds, at most a day apart. */
  from: number;
  to: number;
  by: "cpu" | "memory" | "read" | "write";
  /** Only processes with it in name or owner, or as pid. */
  q: string;
}

/** The processes that used most of one resource over a time. */
export function fetchTopProcesses({ agent, ...asked }: TopQuery, signal: AbortSignal): Promise<ProcessUseList> {
  const params = { path: { agent_id: agent }, query: { ...asked, limit: 100 } };
  return unwrap(api.GET("/api/v1/agents/{agent_id}/processes/top", { params, signal }));
}

/** A token for one server, good for an hour. */
export function createEnrollmentToken(): Promise<EnrollmentToken> {
  return unwrap(api.POST("/api/v1/enrollment-tokens", { body: { expires_in_s: 3600, max_uses: 1 } }));
}

/** How long history is kept, and how much room there is for it. */
export function fetchRetention(): Promise<Retention> {
  return unwrap(api.GET("/api/v1/retention"));
}
