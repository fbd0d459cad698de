import { plural, t } from "@lingui/core/macro";
import { joined, uncapitalized } from "./language";

export type RoleName = "viewer" | "operator" | "admin";

export const ROLES: readonly RoleName[] = ["viewer", "operator", "admin"];

/** Whether the role may do what needs the other. */
export function covers(role: RoleName, needed: RoleName): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The roles that somebody with this one may give to a token: all up to it. */
export function rolesUpTo(role: RoleName): RoleName[] {
  return ROLES.filter((one) => covers(role, one));
}

/** "the role operator or admin": every role that may do what needs this one. */
export function rolesFor(needed: RoleName): string {
  const enough = joined(
    ROLES.filter((one) => covers(one, needed)),
    "disjunction",
  );
  return t`the role ${enough}`;
}

/** What each role may do, for who gives it to somebody. */
export const ROLE_TEXTS: Record<RoleName, string> = {
  viewer: t`Sees agents, metrics, processes and recordings. Changes nothing.`,
  operator: t`Also changes agents’ settings, pauses and restarts them, enrols new ones, starts recordings, and runs what the owners of machines allow.`,
  admin: t`Also deletes agents, sets how long history is kept, and decides who may do what.`,
};

/** Which agents: those of these environments and those with one of these tags; all where both are empty. */
export interface Scope {
  environments: readonly string[];
  tags: readonly string[];
}

export function isEverything({ environments, tags }: Scope): boolean {
  return environments.length === 0 && tags.length === 0;
}

/** What an API token may be limited to, as the hub names it and as people read it. */
export const PERMISSIONS = [
  { value: "agents:read", label: t`See agents`, hint: t`their settings, processes and recordings` },
  { value: "agents:write", label: t`Change agents`, hint: t`settings, pause, restart, record, delete` },
  { value: "metrics:read", label: t`Read metrics`, hint: t`series, rankings, exports, dashboards` },
  { value: "enrollment:write", label: t`Enrol agents`, hint: t`make and revoke enrollment tokens` },
  { value: "retention:write", label: t`Change retention`, hint: t`how long history is kept` },
  { value: "audit:read", label: t`Read the audit log`, hint: t`who did what, and from where` },
  { value: "alerting:read", label: t`See notifications`, hint: t`channels, routes, who is on call, what was told` },
  { value: "alerting:write", label: t`Change notifications`, hint: t`channels, routes, on-call; test channels` },
  { value: "annotations:read", label: t`Read annotations`, hint: t`deployments and notes on charts` },
  { value: "annotations:write", label: t`Set annotations`, hint: t`mark deployments, as a CI job does` },
  { value: "respond:read", label: t`See commands`, hint: t`what machines allow, commands, what they wrote` },
  { value: "respond:write", label: t`Give commands`, hint: t`run what machines allow; never without this box` },
] as const;

export type Permission = (typeof PERMISSIONS)[number]["value"] | "read";

/** "Read metrics, see agents", or what no list or `read` stands for. */
export function permissionsText(permissions: readonly Permission[]): string {
  if (permissions.length === 0) return t`Everything its role may, but commands`;
  const names = permissions.map((one) =>
    one === "read" ? t`Read everything` : (PERMISSIONS.find(({ value }) => value === one)?.label ?? one),
  );
  return names.map((name, at) => (at === 0 ? name : uncapitalized(name))).join(", ");
}

const DAY_S = 86_400;
const SOON_S = 7 * DAY_S;

/** How long a token still lives, and whether that needs attention. Times in Unix seconds. */
export function expiryOf(expiresAt: number, now: number): { text: string; state: "over" | "soon" | "fine" } {
  const left = expiresAt - now;
  if (left <= 0) return { text: t({ message: "expired", context: "token" }), state: "over" };
  if (left < DAY_S) return { text: t`within a day`, state: "soon" };
  const days = Math.round(left / DAY_S);
  return { text: plural(days, { one: "in # day", other: "in # days" }), state: left < SOON_S ? "soon" : "fine" };
}
