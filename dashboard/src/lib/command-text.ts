import { t } from "@lingui/core/macro";
import { toHex } from "./operator-key";

/** What a person confirmed of a command for one agent. */
export interface Confirmed {
  agent: number;
  action: string;
  params: Readonly<Record<string, string | number | boolean>>;
  timeout_s: number;
  expires_s: number;
}

/** Parameters as the text that is signed: JSON without spaces, its keys in order. */
export function canonicalParams(params: Confirmed["params"]): string {
  return JSON.stringify(Object.fromEntries(Object.entries(params).sort(([one], [other]) => (one < other ? -1 : 1))));
}

/**
 * What is wrong with a text that the hub wants signed; null when it says what was confirmed and nothing else. An
 * operator's key is there for the case that the hub is not to be trusted: it signs no text that it did not read.
 */
export async function textProblem(text: string, confirmed: Confirmed): Promise<string | null> {
  const params = new TextEncoder().encode(canonicalParams(confirmed.params));
  const digest = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", params)));
  const expected: [string, RegExp | string][] = [
    ["opsentrix-command-1", ""],
    ["hub", /^[0-9a-f]{16}$/],
    ["agent", String(confirmed.agent)],
    ["command", /^[A-Za-z0-9_-]{1,64}$/],
    ["action", confirmed.action],
    ["params", `${params.length} ${digest}`],
    ["nonce", /^[0-9a-f]{32}$/],
    ["issued", /^\d{1,15}$/],
    ["expires", /^\d{1,15}$/],
    ["timeout", String(confirmed.timeout_s * 1000)],
    ["by", /^.{0,64}$/u],
  ];
  const lines = text.split("\n");
  if (lines.length !== expected.length + 1 || lines.at(-1) !== "") return t`It has not the form of a command.`;
  for (const [at, [name, value]] of expected.entries()) {
    const line = lines[at] ?? "";
    const rest = value === "" ? "" : line.slice(name.length + 1);
    const starts = value === "" ? line === name : line.startsWith(`${name} `);
    const good = typeof value === "string" ? rest === value : value.test(rest);
    if (!starts || !good) return t`Its line “${name}” is not what was confirmed.`;
  }
  const moment = (at: number) => Number((lines[at] ?? "").split(" ")[1]);
  return moment(8) - moment(7) <= confirmed.expires_s * 1000 ? null : t`It is good for longer than was confirmed.`;
}
