// What is said of each event: its title, and what stands below it.
import { plural, t } from "@lingui/core/macro";
import type { AgentEvent } from "@/api/types";
import { actionTitle } from "@/lib/action-words";
import { joined } from "@/lib/language";
import { duration } from "@/lib/units";

const seconds = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

const RESTARTS: Record<string, string> = {
  first: t`First connection`,
  restarted: t`Agent restarted`,
  started: t`Agent started`,
};

const GAPS: Record<string, string> = {
  "agent not running": t`The agent did not run`,
  "spool overflow": t`There was more than the agent can keep while the hub is away`,
  rejected: t`The hub refused what the agent sent`,
  "frames lost": t`What the agent had sampled was lost`,
  "clock set forward": t`The machine’s clock was set forward`,
  "clock set back": t`The machine’s clock was set back`,
  paused: t`The agent was paused`,
  "not sampled": t`The machine slept, or was too busy to sample`,
  "no data": t`Why is not known`,
};

const CHANGES: Record<string, string> = {
  "agent.register": t`Registered`,
  "agent.enroll_again": t`Registered again`,
  "agent.update": t`Details changed`,
  "agent.approve": t`Approved`,
  "agent.refuse": t`Refused`,
  "agent.revoke": t`Identity revoked`,
  "agent.restart": t`Asked to restart`,
  "agent.dependencies": t`Dependencies changed`,
  "agent.payload_encryption": t`Payload encryption changed`,
  "agent.clone.notice": t`Two machines use this identity`,
  "agent.clone.keep": t`Decided which machine keeps the identity`,
  "credential.request": t`New credential asked for`,
  "credential.offer": t`New credential offered`,
  "credential.rotate": t`New credential in use`,
  "credential.refused": t`Old credential refused`,
  "certificate.issue": t`Certificate issued`,
  "certificate.refuse": t`Certificate refused`,
  "certificate.revoke": t`Certificate revoked`,
  "recording.delete": t`Recording deleted`,
};

/** What happened, in a few words. What people named is said as they named it. */
export function titleOf(event: AgentEvent): string {
  const { kind, title, state } = event;
  if (kind === "restart") return RESTARTS[state] ?? t`Agent restarted`;
  if (kind === "alert") return [title, ...Object.values(event.labels)].join(" · ");
  if (kind === "command") return actionTitle(title, event.params);
  if (kind === "configuration") return t`Settings, version ${title}`;
  if (kind === "upgrade") return t`Upgrade to ${title}`;
  if (kind === "gap") return t`No samples`;
  if (kind === "recording") return t`Recording`;
  if (kind === "change") return CHANGES[title] ?? title;
  return title;
}

/** What else is known of it, each a part of its own. */
export function detailsOf(event: AgentEvent): string[] {
  return [lastedOf(event), byOf(event), ...moreOf(event)].filter((part) => part !== "");
}

/** How long it took, or how long an alert fired. */
export function lastedOf({ kind, at, until, since, state }: AgentEvent): string {
  if (kind === "alert" && state === "resolved") {
    if (since === null) return "";
    const length = duration(seconds(since, at));
    return t`after ${length}`;
  }
  if (until === null || seconds(at, until) < 1) return "";
  const length = duration(seconds(at, until));
  if (kind === "alert") return t`fired for ${length}`;
  return kind === "gap" || kind === "annotation" ? t`for ${length}` : t`took ${length}`;
}

function byOf({ actor }: AgentEvent): string {
  if (actor.startsWith("agent:")) return t`by the agent`;
  const name = actor.replace(/^user:/, "");
  return name === "" ? "" : t`by ${name}`;
}

function moreOf({ kind, state, detail, fields, lost_frames: lost }: AgentEvent): string[] {
  if (kind === "gap") {
    const reason = GAPS[state] ?? state;
    return lost === 0 ? [reason] : [reason, plural(lost, { one: "# frame is missing", other: "# frames are missing" })];
  }
  if (kind === "configuration" && state === "refused") {
    const refused = joined(fields);
    return [t`The agent does not follow ${refused}`, detail];
  }
  if (kind === "configuration" && state === "replaced") return [t`A later version took its place`, detail];
  if (kind === "change") return [fields.join(", "), detail];
  return [detail];
}
