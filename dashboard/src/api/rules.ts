// Alert rules: what they say, what they find, and what holds for single agents instead.
import { api, unwrap } from "./client";
import type { paths } from "./schema";
import type {
  AlertRule,
  Backtest,
  KnownMetrics,
  ParsedRule,
  RuleDetail,
  RuleGroup,
  RuleOverride,
  SeriesAnswer,
} from "./types";

type Body<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  requestBody: { content: { "application/json": infer Content } };
}
  ? Content
  : never;
export type RuleBody = Body<"/api/v1/alert-rules", "post">;
export type BacktestBody = Body<"/api/v1/alert-rules/test", "post">;
export type GroupBody = Body<"/api/v1/alert-rule-groups", "post">;
export type OverrideBody = Body<"/api/v1/alert-rules/{rule_id}/overrides/{agent_id}", "put">;

export async function fetchRules(): Promise<AlertRule[]> {
  return (await unwrap(api.GET("/api/v1/alert-rules"))).items as unknown as AlertRule[];
}

const rule = (id: number) => ({ path: { rule_id: id } });

export async function fetchRule(id: number): Promise<RuleDetail> {
  const detail: unknown = await unwrap(api.GET("/api/v1/alert-rules/{rule_id}", { params: rule(id) }));
  return detail as RuleDetail;
}

/** Reads a rule without keeping it: what it says, or where the first error is. */
export async function parseRule(expression: string, signal: AbortSignal): Promise<ParsedRule> {
  const parsed: unknown = await unwrap(api.POST("/api/v1/alert-rules/parse", { body: { expression }, signal }));
  return parsed as ParsedRule;
}

/** Changes a rule, or adds one when there is no id. Refused (409) when somebody else changed it since `based_on`. */
export async function saveRule(id: number | null, body: RuleBody): Promise<AlertRule> {
  const saved: unknown = await unwrap(
    id === null
      ? api.POST("/api/v1/alert-rules", { body })
      : api.PUT("/api/v1/alert-rules/{rule_id}", { params: rule(id), body }),
  );
  return saved as AlertRule;
}

/** A stored rule as the request that would make it what it is, changed in some things. */
export function bodyOf(one: AlertRule, changes: Partial<RuleBody> = {}): RuleBody {
  const { name, expression, severity, enabled, labels, summary, advice, group_by, group_id, version } = one;
  const written = { name, expression, severity, enabled, labels, summary, advice, group_by, group_id };
  return { ...written, based_on: version, ...changes };
}

export async function deleteRule(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/alert-rules/{rule_id}", { params: rule(id) }));
}

const override = (id: number, agent: number) => ({ path: { rule_id: id, agent_id: agent } });

export function setOverride(id: number, agent: number, body: OverrideBody): Promise<RuleOverride> {
  const params = override(id, agent);
  return unwrap(api.PUT("/api/v1/alert-rules/{rule_id}/overrides/{agent_id}", { params, body }));
}

export async function removeOverride(id: number, agent: number): Promise<void> {
  const params = override(id, agent);
  await unwrap(api.DELETE("/api/v1/alert-rules/{rule_id}/overrides/{agent_id}", { params }));
}

/** The metrics that agents send, with what their labels may be. */
export function fetchMetrics(): Promise<KnownMetrics> {
  return unwrap(api.GET("/api/v1/series/metrics"));
}

/** What a rule would have done over stored history; nobody is told of anything. */
export async function backtest(body: BacktestBody, signal: AbortSignal): Promise<Backtest> {
  return (await unwrap(api.POST("/api/v1/alert-rules/test", { body, signal }))) as Backtest;
}

/** Some metrics of one agent over time (Unix seconds), all their series. */
export function fetchMetricSeries(
  { agent, metrics, from, to }: { agent: number; metrics: string[]; from: number; to: number },
  signal: AbortSignal,
): Promise<SeriesAnswer> {
  const query = { agent: [agent], metric: metrics, from, to, points: 600 };
  return unwrap(api.GET("/api/v1/series", { params: { query }, signal }));
}

export async function fetchGroups(): Promise<RuleGroup[]> {
  return (await unwrap(api.GET("/api/v1/alert-rule-groups"))).items;
}

const group = (id: number) => ({ path: { group_id: id } });

/** Changes a group, or adds one when there is no id. */
export async function saveGroup(id: number | null, body: GroupBody): Promise<void> {
  if (id === null) await unwrap(api.POST("/api/v1/alert-rule-groups", { body }));
  else await unwrap(api.PUT("/api/v1/alert-rule-groups/{group_id}", { params: group(id), body }));
}

/** Refused (409) while the group has rules. */
export async function deleteGroup(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/alert-rule-groups/{group_id}", { params: group(id) }));
}
