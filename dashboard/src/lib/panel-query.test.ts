import { describe, expect, it } from "vitest";
import { type DashboardVariable, EMPTY_SPEC, type MapPanel, type PanelQuery, PLAIN_QUERY } from "./dashboard-spec";
import { exploreQuery, filledText, mapFilter, panelQuery, resolvedQuery, withoutVariables } from "./panel-query";

const variable = (name: string, kind: DashboardVariable["kind"]): DashboardVariable => ({
  ...{ name, kind, label: "" },
  ...(kind === "label" ? { metric: "system.disk.io", key: "device" } : { metric: "", key: "" }),
});
const VARIABLES = [variable("env", "environment"), variable("host", "agent"), variable("disk", "label")];
const QUERY: PanelQuery = {
  ...PLAIN_QUERY,
  ...{ metric: "system.disk.io", labels: { device: "$disk", direction: "read" }, agent: [3, "$host"] },
  ...{ environment: ["lab", "$env"], top: 5, by: ["agent"] },
};

describe("a panel's query", () => {
  it("asks for what is chosen", () => {
    const asked = resolvedQuery(QUERY, VARIABLES, { env: "prod", host: "12", disk: "sda" });
    expect(asked).toMatchObject({
      labels: { device: "sda", direction: "read" },
      agents: [3, 12],
      environments: ["lab", "prod"],
      rank: { order: "top", count: 5 },
    });
  });

  it("asks for all where nothing is chosen", () => {
    const asked = resolvedQuery(QUERY, VARIABLES, {});
    expect(asked).toMatchObject({ labels: { direction: "read" }, agents: [], environments: [] });
  });

  it("takes what only looks like a variable as it is", () => {
    const query = { ...PLAIN_QUERY, metric: "x", labels: { mountpoint: "$recycle", disk: "$env" } };
    expect(resolvedQuery(query, VARIABLES, { env: "prod" }).labels).toEqual({ mountpoint: "$recycle", disk: "$env" });
    expect(resolvedQuery(QUERY, VARIABLES, { host: "nobody" }).agents).toEqual([3]);
  });

  it("is the same after Explore's controls had it", () => {
    expect(panelQuery(exploreQuery(QUERY), ["$host"])).toEqual(QUERY);
    const lowest = { ...PLAIN_QUERY, metric: "x", bottom: 3, compare: 3600 };
    expect(panelQuery(exploreQuery(lowest), [])).toEqual(lowest);
  });

  it("forgets variables that are removed", () => {
    const [env, , disk] = VARIABLES as [DashboardVariable, DashboardVariable, DashboardVariable];
    const standing = { title: "", grid: { x: 0, y: 0, w: 2, h: 2 } };
    const filters = { environment: ["$env", "lab"], type: [], tag: [] };
    const spec = withoutVariables(
      {
        ...EMPTY_SPEC,
        panels: [
          { ...standing, id: 1, kind: "table", queries: [QUERY] },
          { ...standing, id: 2, kind: "map", color: "cpu", metric: "", by: null, ...filters },
          { ...standing, id: 3, kind: "text", text: "$env" },
        ],
      },
      [env, disk],
    );
    expect(spec.panels).toMatchObject([
      { queries: [{ labels: { direction: "read" }, agent: [3, "$host"], environment: ["lab"] }] },
      { environment: ["lab"] },
      { text: "$env" },
    ]);
  });
});

describe("a map", () => {
  it("shows the agents that all its filters leave", () => {
    const panel = { environment: ["$env"], type: [], tag: ["web", "db"] } as unknown as MapPanel;
    const agent = (environment: string, ...tags: string[]) => ({ environment, type: "host", tags });
    const shows = mapFilter(panel, VARIABLES, { env: "prod" });
    expect([agent("prod", "db"), agent("lab", "db"), agent("prod")].map(shows)).toEqual([true, false, false]);
    expect(mapFilter(panel, VARIABLES, {})(agent("lab", "web"))).toBe(true);
  });
});

describe("a title", () => {
  it("says what is chosen", () => {
    const names = new Map([[12, "web-1"]]);
    const text = "$host in $env costs $5 and $other";
    expect(filledText(text, VARIABLES, { host: "12" }, names)).toBe("web-1 in all costs $5 and $other");
    expect(filledText("$host", VARIABLES, { host: "9" }, names)).toBe("agent 9");
  });
});
