import { expect, it } from "vitest";
import { suitedFirst } from "./runbook-suits";

const runbook = (name: string, ...alerts: string[]) => ({
  name,
  definition: { name, steps: [], triggers: alerts.map((alert) => ({ alert })) },
});

it("puts first what alerts of these rules would trigger", () => {
  const all = [runbook("c"), runbook("b", "Disk*"), runbook("a", "Web down", "Disk space low"), runbook("d", "Web")];
  const { suited, others } = suitedFirst(all, ["Disk space low", "CPU busy"]);
  expect(suited.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(others.map(({ name }) => name)).toEqual(["c", "d"]);
});
