import type { paths } from "./schema";

type Json<Response> = Response extends { content: { "application/json": infer Body } } ? Body : never;
type Answer<
  Path extends keyof paths,
  Method extends keyof paths[Path],
  Status extends number,
> = paths[Path][Method] extends {
  responses: infer Responses;
}
  ? Status extends keyof Responses
    ? Json<Responses[Status]>
    : never
  : never;

export type User = Answer<"/api/v1/auth/me", "get", 200>;
export type Role = User["role"];
export type LinkOwner = Answer<"/api/v1/auth/password-link", "post", 200>;
export type TotpState = Answer<"/api/v1/account/totp", "get", 200>;
export type TotpEnrolment = Answer<"/api/v1/account/totp", "post", 201>;
export type PersonSession = Answer<"/api/v1/account/sessions", "get", 200>["items"][number];
export type ProviderLogout = Answer<"/api/v1/auth/logout", "post", 200>;
export type IdentityProvider = Answer<"/api/v1/auth/providers", "get", 200>["items"][number];
export type IdentityList = Answer<"/api/v1/account/identities", "get", 200>;
export type Identity = IdentityList["items"][number];
export type Account = Answer<"/api/v1/users", "get", 200>["items"][number];
export type IssuedLink = Answer<"/api/v1/users", "post", 201>;
export type AgentPage = Answer<"/api/v1/agents", "get", 200>;
export type Agent = AgentPage["items"][number];
export type AgentStatus = Agent["status"];
export type Summary = Agent["summary"];
export type SeriesAnswer = Answer<"/api/v1/series", "get", 200>;
export type ProcessList = Answer<"/api/v1/agents/{agent_id}/processes", "get", 200>;
export type Process = ProcessList["items"][number];
export type ProcessUseList = Answer<"/api/v1/agents/{agent_id}/processes/top", "get", 200>;
export type ProcessUse = ProcessUseList["items"][number];
export type RecordingList = Answer<"/api/v1/agents/{agent_id}/recordings", "get", 200>;
export type Recording = RecordingList["items"][number];
export type RecordingContent = Answer<"/api/v1/agents/{agent_id}/recordings/{recording_id}", "get", 200>;
export type RecordedLook = RecordingContent["looks"][number];
export type RecordedEvent = RecordingContent["events"][number];
export type RecordedProcess = RecordedLook["processes"][number];
export type EnrollmentToken = Answer<"/api/v1/enrollment-tokens", "post", 201>;
export type ApiTokenList = Answer<"/api/v1/api-tokens", "get", 200>;
export type ApiToken = ApiTokenList["items"][number];
export type IssuedApiToken = Answer<"/api/v1/api-tokens", "post", 201>;
export type Facets = Answer<"/api/v1/agents/facets", "get", 200>;
export type Tls = Answer<"/api/v1/tls", "get", 200>;
export type Retention = Answer<"/api/v1/retention", "get", 200>;
export type AuditPage = Answer<"/api/v1/audit", "get", 200>;
export type AuditEntry = AuditPage["items"][number];
export type AuditChain = Answer<"/api/v1/audit/chain", "get", 200>;
export type AgentConfig = Answer<"/api/v1/agents/{agent_id}/config", "get", 200>;
export type AgentIdentity = Answer<"/api/v1/agents/{agent_id}/identity", "get", 200>;
export type IdentityHost = NonNullable<AgentIdentity["clone"]>["hosts"][number];
export type ConfigVersion = NonNullable<AgentConfig["wanted"]>;
export type ConfigVersions = Answer<"/api/v1/agents/{agent_id}/config/versions", "get", 200>;
export type ConfigContent = ConfigVersion["content"];
export type Releases = Answer<"/api/v1/agent-releases", "get", 200>;
export type Offer = NonNullable<Releases["offered"]>;
export type RolloutPlan = Answer<"/api/v1/upgrades/plan", "post", 200>;
export type PlannedAgent = RolloutPlan["current"][number];
export type Rollout = Answer<"/api/v1/upgrades", "get", 200>["items"][number];
export type RolloutDetail = Answer<"/api/v1/upgrades/{rollout_id}", "get", 200>;
export type UpgradeState = RolloutDetail["agents"][number]["state"];
