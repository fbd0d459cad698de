// The hub about itself: what it keeps, where people log in but here, which version it is.
import { api, unwrap } from "./client";
import type { Health, IdentityProviderSetting, RetentionRule, StorageSizes } from "./types";

export function fetchStorage(): Promise<StorageSizes> {
  return unwrap(api.GET("/api/v1/storage"));
}

export interface KeptDays {
  keep_1s_days: number | null;
  keep_1m_days: number | null;
  keep_1h_days: number | null;
}

/** A rule for the agents of an environment or for those with a tag. */
export function addRetentionRule(
  body: Partial<KeptDays> & ({ environment: string } | { tag: string }),
): Promise<RetentionRule> {
  return unwrap(api.POST("/api/v1/retention-rules", { body }));
}

export function changeRetentionRule(id: number, body: KeptDays): Promise<RetentionRule> {
  return unwrap(api.PATCH("/api/v1/retention-rules/{rule_id}", { params: { path: { rule_id: id } }, body }));
}

export async function removeRetentionRule(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/retention-rules/{rule_id}", { params: { path: { rule_id: id } } }));
}

/** Null where people log in here alone. */
export async function fetchIdentityProvider(): Promise<IdentityProviderSetting> {
  return (await unwrap(api.GET("/api/v1/identity-provider"))).provider;
}

export function fetchHealth(): Promise<Health> {
  return unwrap(api.GET("/health"));
}
