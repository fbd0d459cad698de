import { t } from "@lingui/core/macro";
import { formatAgo } from "./time";

/** What of an agent's identity is told in words. */
export interface CredentialFacts {
  admission: string;
  credentials: { state: string; created_at: string; expires_at: string | null }[];
  renewal: { due_at: string | null; requested_at: string | null; possible: boolean | null };
}

/** How old the credential in use is. */
export function credentialAge({ credentials }: CredentialFacts, now: number): string {
  const active = credentials.find(({ state }) => state === "active");
  if (active === undefined) return t`None that works`;
  const when = formatAgo(active.created_at, now);
  const retiring = credentials.some(({ state }) => state === "retiring");
  return retiring ? t`Made ${when}; the one before retires within a day` : t`Made ${when}`;
}

/** Whether it is about to change: two hosts have it, or a new credential is not in use yet. */
export function isUnsettled({ clone, credentials, renewal }: CredentialFacts & { clone: unknown }): boolean {
  return clone !== null || renewal.requested_at !== null || credentials.some(({ state }) => state === "offered");
}

/** When the credential is renewed, or why not. */
export function renewalText(facts: CredentialFacts, moment: (time: number) => string): string {
  const { renewal, admission, credentials } = facts;
  if (admission === "revoked" || admission === "refused") return t`No more`;
  if (renewal.possible === false) return t`This agent's release cannot renew it; update it`;
  if (credentials.some(({ state }) => state === "offered")) return t`The agent is taking up the new one`;
  if (renewal.requested_at !== null) return renewal.possible === null ? t`When it connects` : t`Waiting for the agent`;
  if (renewal.due_at === null) return t`On request only`;
  const due = moment(Date.parse(renewal.due_at) / 1000);
  return t`By itself, ${due}`;
}
