import { describe, expect, it } from "vitest";
import { agentCommands, curlCommands } from "./commands";

describe("commands", () => {
  it("installs, enrols and runs the agent", () => {
    expect(agentCommands("https://hub.example", "oxe_1", "")).toBe(
      "curl -fsSL https://hub.example/install/agent-installer.sh |\n  sudo sh -s -- --token=oxe_1",
    );
  });

  it("pins a hub whose certificate is of its own CA", () => {
    const pins = { pin: "sha256:00ff", key_pin: "sha256//aGk=" };
    expect(agentCommands("https://10.0.0.1:8000", "oxe_1", "web", pins)).toBe(
      "curl -k --pinnedpubkey 'sha256//aGk=' -fsS \\\n  https://10.0.0.1:8000/install/agent-installer.sh |\n" +
        "  sudo sh -s -- --token=oxe_1 \\\n  --pin=sha256:00ff --name=web",
    );
    const commands = curlCommands("https://10.0.0.1:8000", "oxe_1", "", pins);
    expect(commands.match(/curl/g)).toEqual(commands.match(/curl(?= -k --pinnedpubkey 'sha256\/\/aGk=' -fsS)/g));
  });

  it("keeps a name one word of the shell, whatever is in it", () => {
    expect(agentCommands("https://h", "t", "web-01")).toContain(" --name=web-01");
    expect(agentCommands("https://h", "t", "it's; rm -rf")).toContain(` --name='it'\\''s; rm -rf'`);
    expect(curlCommands("https://h", "t", "it's")).toContain(`'{"name":"it'\\''s","type":"script", "host": `);
  });
});
