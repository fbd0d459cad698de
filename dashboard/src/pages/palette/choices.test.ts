import { describe, expect, it } from "vitest";
import type { Agent, KnownMetric } from "@/api/types";
import { agentChoices, arrangeChoices, metricChoices, tableChoices } from "./choices";

const everywhere = { environments: [], tags: [] };
const agent = (id: number, name: string, tags: string[] = []) =>
  ({ id, name, host: `${name}.example`, environment: "prod", tags, status: "online", last_heartbeat: "x" }) as Agent;
const agents = agentChoices([agent(1, "web-1", ["front"]), agent(2, "db-1"), agent(3, "incidents")]);
const table = tableChoices({ role: "admin", scope: everywhere });
const metric = (name: string, unit: string) => ({ metric: name, unit, series: 12 }) as KnownMetric;
const metrics = metricChoices([metric("system.memory.usage", "By"), metric("system.cpu.utilization", "1")]);
const shown = (typed: string, recents: string[] = []) =>
  arrangeChoices({ agents, metrics, table }, typed, recents).map(({ title, choices }) => [title, choices[0]?.label]);

describe("the palette's lines", () => {
  it("are those that a role and scope allow", () => {
    const labels = (role: "viewer" | "operator" | "admin", tags: string[] = []) =>
      tableChoices({ role, scope: { environments: [], tags } }).map(({ label }) => label);
    expect(labels("viewer")).not.toContain("Add a server");
    expect(labels("operator")).toContain("Add a server");
    expect(labels("operator")).not.toContain("People");
    expect(labels("admin", ["web"])).not.toContain("New rule");
    expect(labels("admin")).toContain("New rule");
  });

  it("begin with what was chosen last", () => {
    expect(shown("", ["agent:2", "page:/quiet", "agent:99"])).toEqual([
      ["Recent", "db-1"],
      ["Pages", "Home"],
      ["Actions", "Add a server"],
    ]);
    const all = arrangeChoices({ agents, metrics, table }, "", ["page:/quiet"]).flatMap(({ choices }) => choices);
    expect(all.filter(({ label }) => label === "Quiet")).toHaveLength(1);
  });

  it("are found by name, host, tag and other words, the best kind first", () => {
    expect(shown("web")[0]).toEqual(["Agents", "web-1"]);
    expect(shown("front")).toEqual([["Agents", "web-1"]]);
    expect(shown("mute")[0]).toEqual(["Actions", "New silence"]);
    expect(shown("Rules")[0]).toEqual(["Pages", "Rules"]);
    expect(shown("zzz")).toEqual([]);
  });

  it("hold metrics by their words, with unit and number", () => {
    expect(shown("memory")).toEqual([["Metrics", "system.memory.usage"]]);
    expect(shown("cpu util", [])).toEqual([["Metrics", "system.cpu.utilization"]]);
    expect(metrics.map(({ detail }) => detail)).toEqual(["By · 12 series", "12 series"]);
    expect(shown("", ["metric:system.cpu.utilization"])[0]).toEqual(["Recent", "system.cpu.utilization"]);
  });

  it("are quick to find among 10,000 agents", () => {
    const many = agentChoices(Array.from({ length: 10_000 }, (_, id) => agent(id, `web-${id}.rack-${id % 40}`)));
    const [group] = arrangeChoices({ agents: many, metrics, table }, "web-9999", []);
    expect(group?.choices[0]?.label).toBe("web-9999.rack-39");
    expect(group?.choices.length).toBeLessThanOrEqual(8);
  });
});
