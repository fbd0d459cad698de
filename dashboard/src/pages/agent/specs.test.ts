import { describe, expect, it } from "vitest";
import { type SeriesMeta, seriesKey } from "@/lib/series";
import { cpuPlan } from "./plans/machine";
import { coreNames, makeChart, otherCharts, sectionCharts } from "./specs";

function metas(...series: [metric: string, labels: Record<string, string>, unit?: string][]): Map<string, SeriesMeta> {
  return new Map(
    series.map(([metric, labels, unit = "1"]) => [seriesKey(metric, labels), { metric, unit, kind: "gauge", labels }]),
  );
}

const CPU = metas(
  ["system.cpu.utilization", { state: "idle" }],
  ["system.cpu.utilization", { state: "system" }],
  ["system.cpu.utilization", { state: "user" }],
  ["system.cpu.utilization", { cpu: "10", state: "user" }],
  ["system.cpu.utilization", { cpu: "2", state: "user" }],
);

describe("makeChart", () => {
  it("stacks the states of the whole machine in their order, without what is idle", () => {
    const chart = makeChart(CPU, cpuPlan(null));
    expect(chart?.series.map(({ label }) => label)).toEqual(["user", "system"]);
    expect(chart?.unit).toBe("%");
  });

  it("takes the series of one core alone", () => {
    expect(makeChart(CPU, cpuPlan("2"))?.series.map(({ key }) => key)).toEqual([
      "system.cpu.utilization|cpu=2,state=user",
    ]);
    expect(makeChart(CPU, cpuPlan("7"))).toBeNull();
  });

  it("draws what goes out downwards", () => {
    const network = metas(
      ["system.network.io", { device: "eth0", direction: "receive" }, "By/s"],
      ["system.network.io", { device: "eth0", direction: "transmit" }, "By/s"],
    );
    const [chart] = sectionCharts(network, "network");
    expect(chart?.mirrored).toEqual(["system.network.io|device=eth0,direction=transmit"]);
  });
});

it("counts cores as numbers", () => {
  expect(coreNames(CPU)).toEqual(["2", "10"]);
});

describe("otherCharts", () => {
  it("draws what the page does not know, one chart for each metric, and nothing twice", () => {
    const charts = otherCharts(
      metas(
        ["cpu_usage", {}, ""],
        ["queue.depth", { queue: "a" }, ""],
        ["queue.depth", { queue: "b" }, ""],
        ["system.cpu.utilization", { state: "user" }],
        ["system.uptime", {}, "s"],
      ),
    );
    expect(charts.map(({ title, series }) => [title, series.map(({ label }) => label)])).toEqual([
      ["cpu_usage", ["cpu_usage"]],
      ["queue.depth", ["a", "b"]],
    ]);
  });
});
