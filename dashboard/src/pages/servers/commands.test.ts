import { describe, expect, it } from "vitest";
import { agentCommands, curlCommands } from "./commands";

describe("commands", () => {
  it("installs, enrols and runs the agent", () => {
    expect(agentCommands("https://hub.example", "oxe_1", "")).toBe(
      "curl -fsSL https://hub.example/install/agent-installer.sh |\n  sudo sh -s -- --token=oxe_1",
    );
  });

  it("keeps a name one word of the shell, whatever is in it", () => {
    expect(agentCommands("https://h", "t", "web-01")).toContain(" --name=web-01");
    expect(agentCommands("https://h", "t", "it's; rm -rf")).toContain(` --name='it'\\''s; rm -rf'`);
    expect(curlCommands("https://h", "t", "it's")).toContain(`'{"name":"it'\\''s","type":"script", "host": `);
  });
});
