import type { DashboardSpec } from "@/lib/dashboard-spec";
import type { RuleForm } from "@/lib/rule-words";
import type { RunbookForm } from "@/lib/runbook-form";
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

export type Mark = Answer<"/api/v1/annotations", "get", 200>["items"][number];
export type TagsChanged = Answer<"/api/v1/agents/bulk-tags", "post", 200>;
export type AgentsDeleted = Answer<"/api/v1/agents/bulk-delete", "post", 200>;
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
export type ChannelKinds = Answer<"/api/v1/channel-kinds", "get", 200>;
export type ChannelKind = ChannelKinds["items"][number];
export type ChannelField = ChannelKind["fields"][number];
export type Channel = Answer<"/api/v1/channels", "get", 200>["items"][number];
export type ChannelTest = Answer<"/api/v1/channels/{channel_id}/test", "post", 200>;
export type NoticeRoute = Answer<"/api/v1/routes", "get", 200>["items"][number];
export type RouteTarget = NoticeRoute["targets"][number];
export type RoutePreview = Answer<"/api/v1/routes/preview", "post", 200>;
export type Escalation = Answer<"/api/v1/escalations", "get", 200>["items"][number];
export type Shift = Answer<"/api/v1/rotas/{rota_id}/shifts", "get", 200>["items"][number];
export type NoticePage = Answer<"/api/v1/notifications", "get", 200>;
export type Notice = NoticePage["items"][number];
export type NoticeDelivery = Notice["deliveries"][number];
export type PushState = Answer<"/api/v1/account/push", "get", 200>;
export type PushBrowser = PushState["items"][number];
export type PushTest = Answer<"/api/v1/account/push/{subscription_id}/test", "post", 200>;
export type Rota = Answer<"/api/v1/rotas", "get", 200>["items"][number];
export type IncidentPage = Answer<"/api/v1/incidents", "get", 200>;
export type Incident = IncidentPage["items"][number];
export type IncidentDetail = Answer<"/api/v1/incidents/{incident_id}", "get", 200>;
export type IncidentAlert = IncidentDetail["members"][number];
export type TimelineEntry = IncidentDetail["timeline"][number];
export type AlertPage = Answer<"/api/v1/alerts", "get", 200>;
export type Alert = AlertPage["items"][number];
export type Severity = Alert["severity"];
export type Silence = Answer<"/api/v1/silences", "get", 200>["items"][number];
export type Matcher = Silence["matchers"][number];
export type Covered = Answer<"/api/v1/silences/preview", "post", 200>;
export type MaintenanceWindow = Answer<"/api/v1/maintenance-windows", "get", 200>["items"][number];
export type Occurrence = MaintenanceWindow["upcoming"][number];
export type Dependencies = Answer<"/api/v1/agents/{agent_id}/dependencies", "get", 200>;
type RuleAnswer<One> = Omit<One, "definition"> & { definition: RuleForm };
export type AlertRule = RuleAnswer<Answer<"/api/v1/alert-rules", "get", 200>["items"][number]>;
type RuleDetailAnswer = Answer<"/api/v1/alert-rules/{rule_id}", "get", 200>;
export type RuleDetail = Omit<RuleDetailAnswer, "rule"> & { rule: AlertRule };
export type RuleOverride = RuleDetail["overrides"][number];
export type RuleVersion = RuleDetail["versions"][number];
export type ParsedRule = Required<Omit<Answer<"/api/v1/alert-rules/parse", "post", 200>, "definition">> & {
  definition: RuleForm | null;
};
export type RuleGroup = Answer<"/api/v1/alert-rule-groups", "get", 200>["items"][number];
export type Backtest = Answer<"/api/v1/alert-rules/test", "post", 200>;
export type Episode = Backtest["episodes"][number];
export type NewestValue = Answer<"/api/v1/series/top", "get", 200>["items"][number];
export type KnownMetrics = Answer<"/api/v1/series/metrics", "get", 200>;
export type KnownMetric = KnownMetrics["items"][number];
export type Why = Answer<"/api/v1/alerts/why", "get", 200>;
export type WhyStage = Why["stages"][number];
export type Watch = Answer<"/api/v1/system/watch", "get", 200>;
export type HubCheck = Watch["checks"][number];
export type CanaryFlight = Watch["canary"]["items"][number];
export type DeadManAnswer = Answer<"/api/v1/system/watch/deadman/test", "post", 200>;
export type AgentActions = Answer<"/api/v1/agents/{agent_id}/actions", "get", 200>;
export type AllowedAction = AgentActions["items"][number];
export type OfferList = Answer<"/api/v1/commands/actions", "post", 200>;
export type CommandPreview = Answer<"/api/v1/commands/preview", "post", 200>;
export type PlannedMachine = CommandPreview["would_run"][number];
export type PreparedText = Answer<"/api/v1/commands/prepare", "post", 200>["items"][number];
export type CreatedCommand = Answer<"/api/v1/commands", "post", 202>;
export type CommandPage = Answer<"/api/v1/commands", "get", 200>;
export type Command = CommandPage["items"][number];
export type CommandState = Command["state"];
export type Effect = Command["effect"];
export type CommandDetail = Answer<"/api/v1/commands/{command_id}", "get", 200>;
export type CommandRun = CommandDetail["items"][number];
export type RunState = CommandRun["state"];
export type OutputPieces = Answer<"/api/v1/commands/{command_id}/runs/{agent_id}/pieces", "get", 200>;
export type OperatorKey = Answer<"/api/v1/account/keys", "get", 200>["items"][number];
export type StandingApproval = Answer<"/api/v1/standing-approvals", "get", 200>["items"][number];

/** What the hub's document calls an object only: a runbook in its JSON form. */
type Said<One> = Omit<One, "definition"> & { definition: RunbookForm };
export type Runbook = Said<Answer<"/api/v1/runbooks", "get", 200>["items"][number]>;
type WrittenRunbook = Said<Answer<"/api/v1/runbooks/{runbook_id}", "get", 200>>;
export type RunbookVersion = Said<WrittenRunbook["versions"][number]>;
export type RunbookDetail = Omit<WrittenRunbook, "versions"> & { versions: RunbookVersion[] };
export type ParsedRunbook = Omit<Required<Answer<"/api/v1/runbooks/parse", "post", 200>>, "definition"> & {
  definition: RunbookForm | null;
};
export type RunbookRunPage = Answer<"/api/v1/runbook-runs", "get", 200>;
export type RunbookRun = RunbookRunPage["items"][number];
type ReadRun = Answer<"/api/v1/runbook-runs/{run_id}", "get", 200>;
/** `definition` is null for those who do not see all agents. */
export type RunbookRunDetail = Omit<ReadRun, "definition"> & { definition: RunbookForm | null };
export type RunbookStep = ReadRun["steps"][number];
export type RunbookCheck = ReadRun["checks"][number];
export type AgentEventPage = Answer<"/api/v1/agents/{agent_id}/events", "get", 200>;
export type AgentEvent = AgentEventPage["items"][number];
export type RunbookExample = Said<Answer<"/api/v1/runbooks/examples", "get", 200>["items"][number]>;
export type DryRun = Answer<"/api/v1/runbooks/dry-run", "post", 200>;
export type DryMachine = DryRun["machines"][number];
export type DryStep = DryMachine["steps"][number];
export type DryCheck = NonNullable<DryMachine["when"]>;
export type EnrollmentTokenRow = Answer<"/api/v1/enrollment-tokens", "get", 200>["items"][number];
export type StorageSizes = Answer<"/api/v1/storage", "get", 200>;
export type RetentionRule = Retention["rules"][number];
export type IdentityProviderSetting = Answer<"/api/v1/identity-provider", "get", 200>["provider"];
export type Health = Answer<"/health", "get", 200>;
export type NewShare = paths["/api/v1/shares"]["post"]["requestBody"]["content"]["application/json"];
export type IssuedShare = Answer<"/api/v1/shares", "post", 201>;
export type Share = IssuedShare["share"];
export type OpenedPass = Answer<"/api/v1/shared/open", "post", 200>;
export type Pass = Answer<"/api/v1/shared", "get", 200>;
export type DashboardItem = Answer<"/api/v1/dashboards", "get", 200>["items"][number];
/** The hub leaves nothing of a specification out. */
export type DashboardDetail = DashboardItem & { spec: DashboardSpec };
