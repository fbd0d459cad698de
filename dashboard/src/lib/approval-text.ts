import { t } from "@lingui/core/macro";
import { canonicalParams } from "./command-text";
import { toHex } from "./operator-key";

/** What a person confirmed that a runbook may do by itself. */
export interface ConfirmedApproval {
  agents: readonly number[];
  runbook: string;
  /** The version's SHA-256 in hexadecimal. */
  version: string;
  action: string;
  params: Readonly<Record<string, string | number | boolean>>;
  per_hour: number;
  days: number;
}

const DAY_MS = 86_400_000;

/**
 * What is wrong with the text of a standing approval that the hub wants signed; null when it says what was confirmed
 * and nothing else (`approval_text` of the protocol).
 */
export async function approvalProblem(text: string, confirmed: ConfirmedApproval): Promise<string | null> {
  const params = new TextEncoder().encode(canonicalParams(confirmed.params));
  const digest = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", params)));
  const agents = [...new Set(confirmed.agents)].sort((one, other) => one - other).join(",");
  const expected: [string, RegExp | string][] = [
    ["hub", /^[0-9a-f]{16}$/],
    ["approval", /^[A-Za-z0-9_-]{1,64}$/],
    ["agents", agents],
    ["runbook", confirmed.runbook],
    ["version", confirmed.version],
    ["action", confirmed.action],
    ["params", digest],
    ["per_hour", String(confirmed.per_hour)],
    ["issued", /^\d{1,15}$/],
    ["expires", /^\d{1,15}$/],
    ["by", /^.{0,64}$/u],
  ];
  const [head, ...lines] = text.split("\n");
  if (head !== "opsentrix-approval-1" || lines.length !== expected.length + 1 || lines.at(-1) !== "")
    return t`It has not the form of a standing approval.`;
  for (const [at, [name, value]] of expected.entries()) {
    const line = lines[at] ?? "";
    const rest = line.slice(name.length + 1);
    const good = typeof value === "string" ? rest === value : value.test(rest);
    if (!line.startsWith(`${name} `) || !good) return t`Its line “${name}” is not what was confirmed.`;
  }
  const moment = (at: number) => Number((lines[at] ?? "").split(" ")[1]);
  return moment(9) - moment(8) <= confirmed.days * DAY_MS ? null : t`It is good for longer than was confirmed.`;
}
