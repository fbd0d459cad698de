import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Confirmed, canonicalParams, textProblem } from "./command-text";

const CONFIRMED: Confirmed = {
  agent: 7,
  action: "service.restart",
  params: { unit: "nginx", delay: 3, "a.b": true },
  timeout_s: 20,
  expires_s: 3600,
};

/** As `opsentrix_protocol.commands.command_text` writes it. */
function textOf(change: Record<string, string> = {}): string {
  const params = '{"a.b":true,"delay":3,"unit":"nginx"}';
  const lines = {
    hub: "00112233445566ff",
    agent: "7",
    command: "c0ffee",
    action: "service.restart",
    params: `${params.length} ${createHash("sha256").update(params).digest("hex")}`,
    nonce: "0".repeat(32),
    issued: "1700000000000",
    expires: "1700003600000",
    timeout: "20000",
    by: "ana",
    ...change,
  };
  return `opsentrix-command-1\n${Object.entries(lines)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("")}`;
}

describe("the text that an operator’s key signs", () => {
  it("is taken when it says what was confirmed", async () => {
    expect(await textProblem(textOf(), CONFIRMED)).toBeNull();
    expect(canonicalParams({ b: 'ü/"', a: 1 })).toBe('{"a":1,"b":"ü/\\""}');
  });

  it.each([
    ["agent", "8"],
    ["action", "host.reboot"],
    ["params", `2 ${createHash("sha256").update("{}").digest("hex")}`],
    ["timeout", "3600000"],
    ["hub", "x"],
    ["expires", "1700003600001"],
    ["by", `${"a".repeat(65)}`],
    ["nonce", `${"0".repeat(32)}\naction host.reboot`],
  ])("is not when the line %s says something else", async (name, value) => {
    expect(await textProblem(textOf({ [name]: value }), CONFIRMED)).not.toBeNull();
  });

  it("is not when it is of another kind, or has more in it", async () => {
    expect(
      await textProblem(textOf().replace("opsentrix-command-1", "opsentrix-approval-1"), CONFIRMED),
    ).not.toBeNull();
    expect(await textProblem(`${textOf()}more\n`, CONFIRMED)).not.toBeNull();
    expect(await textProblem(textOf().trimEnd(), CONFIRMED)).not.toBeNull();
    expect(await textProblem("", CONFIRMED)).not.toBeNull();
  });
});
