import { describe, expect, it } from "vitest";
import { complete, completeAgents, quoted, type Vocabulary } from "./rule-complete";

const known: Vocabulary = {
  metrics: [
    { metric: "system.cpu.utilization", unit: "1", labels: { state: ["idle", "user"], cpu: ["0", "1"] } },
    { metric: "system.filesystem.usage", unit: "By", labels: { mountpoint: ["/", "/my data"] } },
    { metric: "app.orders", unit: "1", labels: {} },
  ],
  agents: { type: ["web", "db"], tag: ["eu", "a b"], environment: ["production"], agent: ["web-1"] },
};

/** The labels offered where the bar stands. */
function offered(marked: string): string[] {
  const caret = marked.indexOf("|");
  return complete(marked.replace("|", ""), caret, known).items.map(({ label }) => label);
}

/** The text after the first offer was taken. */
function taken(marked: string): string {
  const caret = marked.indexOf("|");
  const text = marked.replace("|", "");
  const { from, items } = complete(text, caret, known);
  return text.slice(0, from) + (items[0]?.insert ?? "") + text.slice(caret);
}

describe("complete", () => {
  it("offers functions and metrics where a condition begins", () => {
    expect(offered("|")).toEqual(expect.arrayContaining(["avg", "absent", "app.orders"]));
    expect(offered("filesys|")).toEqual(["system.filesystem.usage"]);
    expect(offered("a > 1 and orders|")).toEqual(["app.orders"]);
    expect(taken("av|")).toBe("avg(");
    expect(offered("avg(system.c|")).toEqual(["system.cpu.utilization"]);
    expect(offered("a / app|")).toEqual(["app.orders"]);
  });

  it("offers the labels of the metric, and their values", () => {
    expect(offered("system.cpu.utilization{|")).toEqual(["state", "cpu"]);
    expect(taken("system.cpu.utilization{st|} > 1")).toBe("system.cpu.utilization{state=} > 1");
    expect(offered("system.cpu.utilization{state=|")).toEqual(["idle", "user"]);
    expect(offered("system.cpu.utilization{state in (idle, us|")).toEqual(["user"]);
    expect(taken('system.filesystem.usage{mountpoint="/m|')).toBe('system.filesystem.usage{mountpoint="/my data"');
    expect(offered("nobody.knows{|")).toEqual([]);
  });

  it("offers lengths of time, operators and clauses where they can stand", () => {
    expect(offered("avg(app.orders, |")).toContain("5m");
    expect(offered("app.orders |")).toEqual([">", "<", ">=", "<="]);
    expect(offered("app.orders > 90% |")).toEqual(["and", "or", "for", "clear", "keep", "on"]);
    expect(offered("absent(agent) f|")).toEqual(["for"]);
    expect(offered("absent(|")[0]).toBe("agent");
    expect(offered("app.orders > 1 for |")).toContain("10m");
    expect(offered("app.orders > |")).toEqual([]);
  });

  it("offers what agents are chosen by", () => {
    expect(offered("app.orders > 1 on |")).toEqual(["agent", "type", "environment", "tag"]);
    expect(offered("app.orders > 1 on type=|")).toEqual(["web", "db"]);
    expect(offered("app.orders > 1 on type=web |")).toContain("and");
    expect(taken("app.orders > 1 on type=web and tag=a|")).toBe('app.orders > 1 on type=web and tag="a b"');
    expect(offered("app.orders > 1 on type=web for |")).toContain("10m");
  });

  it("offers nothing once a word is complete", () => {
    expect(offered("app.orders|")).toEqual([]);
    expect(taken("avg|")).toBe("avg(");
  });

  it("is not misled by brackets in quotes and comments", () => {
    expect(offered('system.cpu.utilization{state="{"} > 1 # {\n and app|')).toEqual(["app.orders"]);
  });
});

it("quotes what must be", () => {
  expect([quoted("web-1"), quoted('a "b"')]).toEqual(["web-1", '"a \\"b\\""']);
});

describe("conditions by themselves", () => {
  const bare: Vocabulary = { ...known, bare: true, alertLabels: ["site"] };
  const labels = (text: string) => complete(text, text.length, bare).items.map(({ label }) => label);

  it("are about no other agents, and clear nothing", () => {
    expect(labels("app.orders > 3 ")).toEqual(expect.arrayContaining(["and", "or", "for"]));
    expect(labels("app.orders > 3 ")).not.toEqual(expect.arrayContaining(["on"]));
    expect(labels("")).not.toContain("count");
  });

  it("take values of the alert's labels, which are quoted", () => {
    const text = "system.cpu.utilization{state=$";
    const { from, items } = complete(text, text.length, bare);
    expect(text.slice(0, from) + items[0]?.insert).toBe('system.cpu.utilization{state="$label.site"');
  });
});

describe("completeAgents", () => {
  const labels = (text: string) => completeAgents(text, text.length, known).items.map(({ label }) => label);

  it("offers what agents are chosen by, and its values", () => {
    expect(labels("")).toEqual(["agent", "type", "environment", "tag"]);
    expect(labels("type=")).toEqual(["web", "db"]);
    expect(labels("type=web ")).toEqual(["and"]);
    expect(completeAgents("type=w", 6, known).from).toBe(5);
  });
});
