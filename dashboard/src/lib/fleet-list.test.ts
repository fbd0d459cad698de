import { describe, expect, it } from "vitest";
import { fleetCsv } from "./fleet-csv";
import { parseFleetSearch } from "./fleet-view";
import { listRows } from "./list-rows";
import { currentFilter, parseFilters, withFilter } from "./saved-filters";

const summary = { cpu: 0.5, memory: null, disk: 0.1, network_receive: 3, network_transmit: 4.5 };
const agent = (id: number, name: string, environment: string) => ({
  id,
  name,
  host: "10.0.0.1",
  type: "host",
  environment,
  tags: ["a", "b"],
  status: "online",
  version: "0.1.0",
  last_heartbeat: null,
  summary,
});

describe("the list as CSV", () => {
  it("has a line for each agent, and no cell for what is not known", () => {
    const [titles, line, end] = fleetCsv([agent(1, "web-1", "prod")]).split("\r\n");
    expect(titles).toMatch(/^name,host,type,environment,tags,status,/);
    expect(line).toBe("web-1,10.0.0.1,host,prod,a b,online,,0.1.0,0.5,,0.1,3,4.5");
    expect(end).toBe("");
  });

  it.each([
    ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@x", "'@x"],
    ["\t=1", "'\t=1"],
    ['a"b,c', '"a""b,c"'],
    ["=a,b", `"'=a,b"`],
  ])("keeps %j from being a formula or more cells", (name, written) => {
    expect(fleetCsv([agent(1, name, "")]).split("\r\n")[1]).toBe(
      `${written},10.0.0.1,host,,a b,online,,0.1.0,0.5,,0.1,3,4.5`,
    );
  });
});

describe("the lines of the list", () => {
  const agents = [agent(1, "a", "prod"), agent(2, "b", ""), agent(3, "c", "prod")];
  const lines = (rows: ReturnType<typeof listRows<(typeof agents)[number]>>) =>
    rows.map((row) => (row.kind === "group" ? `${row.name}:${row.count}` : row.agents.map(({ id }) => id)));

  it("hold as many agents as there are columns", () => {
    expect(lines(listRows(agents, undefined, new Set(), 2))).toEqual([[1, 2], [3]]);
  });

  it("count titles and agents, however many stand beside each other", () => {
    const rows = listRows(agents, "environment", new Set(), 2);
    expect(rows.map(({ position }) => position)).toEqual([0, 1, 3, 4]);
  });

  it("begin a group with its title, and leave out what is collapsed", () => {
    expect(lines(listRows(agents, "environment", new Set(), 1))).toEqual(["prod:2", [1], [3], ":1", [2]]);
    expect(lines(listRows(agents, "environment", new Set(["prod"]), 1))).toEqual(["prod:2", ":1", [2]]);
  });
});

describe("filters that were saved", () => {
  it("are read from what may be anything", () => {
    for (const text of [null, "", "{", "7", '[1,null,{"name":" "}]']) expect(parseFilters(text)).toEqual([]);
    expect(parseFilters('[{"name":"lab","search":{"tag":"x","sort":"shoes"}}]')).toEqual([
      { name: "lab", search: { tag: ["x"] } },
    ]);
  });

  it("are one for each name, and known again", () => {
    const lab = { name: "lab", search: parseFleetSearch({ tag: "x", by: "type" }) };
    const filters = withFilter(withFilter([{ name: "lab", search: {} }], lab), { name: "a", search: { q: "a" } });
    expect(filters.map(({ name }) => name)).toEqual(["a", "lab"]);
    expect(currentFilter(filters, { by: "type", tag: ["x"] })).toBe(lab);
    expect(currentFilter(filters, {})).toBeUndefined();
  });
});
