import { describe, expect, it } from "vitest";
import { approvalProblem } from "./approval-text";

const CONFIRMED = {
  agents: [7, 3],
  runbook: "5",
  version: "ab".repeat(32),
  action: "service.restart",
  params: {},
  per_hour: 2,
  days: 1,
};
const LINES = [
  "opsentrix-approval-1",
  "hub 0123456789abcdef",
  "approval 00ff",
  "agents 3,7",
  "runbook 5",
  `version ${CONFIRMED.version}`,
  "action service.restart",
  // The SHA-256 of {}.
  "params 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  "per_hour 2",
  "issued 1000",
  "expires 86401000",
  "by admin",
];
const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

describe("approvalProblem", () => {
  it("finds none where the text says what was confirmed", async () =>
    expect(await approvalProblem(textOf(LINES), CONFIRMED)).toBeNull());

  it.each([
    ["agents 3,7,9", "agents"],
    ["runbook 6", "runbook"],
    [`version ${"cd".repeat(32)}`, "version"],
    ["action host.reboot", "action"],
    [`params ${"0".repeat(64)}`, "params"],
    ["per_hour 600", "per_hour"],
    ["expires 86401001", "longer"],
  ])("signs nothing with %s", async (line, word) => {
    const [name] = line.split(" ");
    const text = textOf(LINES.map((one) => (one.startsWith(`${name} `) ? line : one)));
    expect(await approvalProblem(text, CONFIRMED)).toContain(word);
  });

  it("signs no command in its place", async () =>
    expect(await approvalProblem(textOf(["opsentrix-command-1", ...LINES.slice(1)]), CONFIRMED)).toContain("form"));
});
