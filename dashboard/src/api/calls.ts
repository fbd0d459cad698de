import { api, unwrap } from "./client";
import type {
  Agent,
  AgentConfig,
  AgentIdentity,
  AgentPage,
  ApiToken,
  ApiTokenList,
  AuditChain,
  AuditPage,
  ConfigContent,
  ConfigVersions,
  EnrollmentToken,
  Facets,
  IssuedApiToken,
  ProcessList,
  ProcessUseList,
  RecordedEvent,
  RecordedLook,
  Recording,
  RecordingContent,
  RecordingList,
  Releases,
  Retention,
  Rollout,
  RolloutDetail,
  RolloutPlan,
  SeriesAnswer,
  Tls,
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

/** The series of one metric of an agent in the window. */
export function fetchMetric(
  metric: string,
  { agent, ...window }: SeriesQuery,
  signal: AbortSignal,
): Promise<SeriesAnswer> {
  const query = { agent: [agent], metric: [metric], ...window };
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

/** What an enrollment token gives the agent that uses it, and whether that one waits for a person. */
export interface TokenScope {
  types?: string[];
  environment?: string;
  tags?: string[];
  approval?: boolean;
  /** The one agent that enrolls again with it and keeps its history. */
  agent_id?: number;
}

/** A token for one server, good for an hour. */
export function createEnrollmentToken(scope: TokenScope): Promise<EnrollmentToken> {
  return unwrap(api.POST("/api/v1/enrollment-tokens", { body: { ...scope, expires_in_s: 3600, max_uses: 1 } }));
}

/** How this hub speaks TLS, and the fingerprints by which servers know it. */
export function fetchTls(): Promise<Tls> {
  return unwrap(api.GET("/api/v1/tls"));
}

export interface NewApiToken {
  name: string;
  role: ApiToken["role"];
  environments: string[];
  tags: string[];
  permissions: ApiToken["permissions"];
  expires_in_days: number;
}

/** The answer holds the token itself, which nobody can ask for again. */
export function createApiToken(wanted: NewApiToken): Promise<IssuedApiToken> {
  return unwrap(api.POST("/api/v1/api-tokens", { body: wanted }));
}

/** One's own tokens, or those of everybody. */
export function fetchApiTokens(everybody: boolean): Promise<ApiTokenList> {
  return unwrap(api.GET("/api/v1/api-tokens", { params: { query: { all: everybody } } }));
}

export async function revokeApiToken(token: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/api-tokens/{token_id}", { params: { path: { token_id: token } } }));
}

/** The environments, tags and types of the agents that one sees. */
export function fetchFacets(): Promise<Facets> {
  return unwrap(api.GET("/api/v1/agents/facets"));
}

/** How long history is kept, and how much room there is for it. */
export function fetchRetention(): Promise<Retention> {
  return unwrap(api.GET("/api/v1/retention"));
}

/** Takes only sealed messages of an agent from now on, or plain ones too. */
export async function requireSealing(agent: number, required: boolean): Promise<void> {
  await unwrap(
    api.PUT("/api/v1/agents/{agent_id}/payload-encryption", {
      params: { path: { agent_id: agent } },
      body: { required },
    }),
  );
}

export interface AuditQuery {
  q?: string;
  actor?: string[];
  target?: string[];
  action?: string[];
  result?: ("ok" | "refused" | "failed")[];
  /** Unix seconds. */
  from?: number;
  cursor?: string;
}

/** What was done, the newest first. */
export function fetchAudit(query: AuditQuery, signal: AbortSignal): Promise<AuditPage> {
  return unwrap(api.GET("/api/v1/audit", { params: { query }, signal }));
}

/** Up to where the audit log was verified. */
export function fetchAuditChain(): Promise<AuditChain> {
  return unwrap(api.GET("/api/v1/audit/chain"));
}

const of = (agent: number) => ({ path: { agent_id: agent } });

export function fetchConfig(agent: number): Promise<AgentConfig> {
  return unwrap(api.GET("/api/v1/agents/{agent_id}/config", { params: of(agent) }));
}

export function fetchConfigVersions(agent: number): Promise<ConfigVersions> {
  return unwrap(api.GET("/api/v1/agents/{agent_id}/config/versions", { params: of(agent) }));
}

/** Refused by the hub when somebody changed the version meanwhile that this one is based on. */
export function writeConfig(
  agent: number,
  content: ConfigContent,
  basedOn: number,
  comment: string,
): Promise<AgentConfig> {
  const body = { content, based_on: basedOn, comment };
  return unwrap(api.PUT("/api/v1/agents/{agent_id}/config", { params: of(agent), body }));
}

export function rollBackConfig(agent: number, version: number): Promise<AgentConfig> {
  const body = { version, comment: "" };
  return unwrap(api.POST("/api/v1/agents/{agent_id}/config/rollback", { params: of(agent), body }));
}

export function pauseAgent(agent: number): Promise<AgentConfig> {
  return unwrap(api.POST("/api/v1/agents/{agent_id}/pause", { params: of(agent) }));
}

export function resumeAgent(agent: number): Promise<AgentConfig> {
  return unwrap(api.POST("/api/v1/agents/{agent_id}/resume", { params: of(agent) }));
}

export function restartAgent(agent: number): Promise<AgentConfig> {
  return unwrap(api.POST("/api/v1/agents/{agent_id}/restart", { params: of(agent) }));
}

export function fetchRecordings(agent: number): Promise<RecordingList> {
  return unwrap(api.GET("/api/v1/agents/{agent_id}/recordings", { params: of(agent) }));
}

/** Asks for the last 15 minutes of the agent's flight recorder. */
export function requestRecording(agent: number): Promise<Recording> {
  const body = { reason: "" };
  return unwrap(api.POST("/api/v1/agents/{agent_id}/recordings", { params: of(agent), body }));
}

/** All looks of a recording, oldest first. */
export interface Recorded {
  looks: RecordedLook[];
  events: RecordedEvent[];
  /** Events that were more than the agent keeps. */
  leftOut: number;
}

export async function fetchRecorded(agent: number, recording: number, signal: AbortSignal): Promise<Recorded> {
  const held: Recorded = { looks: [], events: [], leftOut: 0 };
  let after: number | null = null;
  do {
    const params = {
      path: { agent_id: agent, recording_id: recording },
      query: { limit: 200, ...(after !== null && { after }) },
    };
    const page: RecordingContent = await unwrap(
      api.GET("/api/v1/agents/{agent_id}/recordings/{recording_id}", { params, signal }),
    );
    held.looks.push(...page.looks);
    held.events.push(...page.events);
    held.leftOut = page.events_left_out;
    after = page.next;
  } while (after !== null);
  return held;
}

export function rawRecordingUrl(agent: number, recording: number): string {
  return `/api/v1/agents/${agent}/recordings/${recording}/raw`;
}

export function deleteRecording(agent: number, recording: number): Promise<unknown> {
  const params = { path: { agent_id: agent, recording_id: recording } };
  return unwrap(api.DELETE("/api/v1/agents/{agent_id}/recordings/{recording_id}", { params }));
}

export interface RolloutWish {
  version: string;
  rings: string[];
  soak_s: number;
  max_failures: number;
}

/** Which releases of the agent run, and which this hub can offer them. */
export function fetchReleases(): Promise<Releases> {
  return unwrap(api.GET("/api/v1/agent-releases"));
}

/** What a rollout to the whole fleet would do; nothing is begun. */
export function planRollout(wish: RolloutWish): Promise<RolloutPlan> {
  return unwrap(api.POST("/api/v1/upgrades/plan", { body: { ...wish, ...WHOLE_FLEET } }));
}

export function startRollout(wish: RolloutWish): Promise<RolloutDetail> {
  return unwrap(api.POST("/api/v1/upgrades", { body: { ...wish, ...WHOLE_FLEET } }));
}

const WHOLE_FLEET = { selector: { status: [], type: [], environment: [], tag: [], q: "" } };

export async function fetchRollouts(): Promise<Rollout[]> {
  return (await unwrap(api.GET("/api/v1/upgrades"))).items;
}

const rollout = (rollout_id: number) => ({ path: { rollout_id } });

export function fetchRollout(id: number): Promise<RolloutDetail> {
  return unwrap(api.GET("/api/v1/upgrades/{rollout_id}", { params: rollout(id) }));
}

export function pauseRollout(id: number): Promise<RolloutDetail> {
  return unwrap(api.POST("/api/v1/upgrades/{rollout_id}/pause", { params: rollout(id) }));
}

export function resumeRollout(id: number): Promise<RolloutDetail> {
  return unwrap(api.POST("/api/v1/upgrades/{rollout_id}/resume", { params: rollout(id) }));
}

export function stopRollout(id: number): Promise<RolloutDetail> {
  return unwrap(api.POST("/api/v1/upgrades/{rollout_id}/stop", { params: rollout(id) }));
}

export function fetchIdentity(agent: number): Promise<AgentIdentity> {
  return unwrap(api.GET("/api/v1/agents/{agent_id}/identity", { params: of(agent) }));
}

/** Asks the agent for a new credential: now, or when it connects. */
export function rotateCredential(agent: number): Promise<AgentIdentity> {
  return unwrap(api.POST("/api/v1/agents/{agent_id}/credential/rotate", { params: of(agent) }));
}

export function approveAgent(agent: number): Promise<AgentIdentity> {
  return unwrap(api.POST("/api/v1/agents/{agent_id}/approve", { params: of(agent) }));
}

export function refuseAgent(agent: number): Promise<AgentIdentity> {
  return unwrap(api.POST("/api/v1/agents/{agent_id}/refuse", { params: of(agent) }));
}

export function revokeAgent(agent: number, reason: string): Promise<AgentIdentity> {
  return unwrap(api.POST("/api/v1/agents/{agent_id}/revoke", { params: of(agent), body: { reason } }));
}

/** Lets one of two hosts keep the identity that both use. */
export function keepHost(agent: number, run: string): Promise<AgentIdentity> {
  return unwrap(api.POST("/api/v1/agents/{agent_id}/clone/keep", { params: of(agent), body: { run } }));
}
