import { expect, it } from "vitest";
import { legendRows } from "./legend";
import type { PlotSeries } from "./plot";

const named = (...labels: string[]): PlotSeries[] => labels.map((label) => ({ key: label, label, color: "c1" }));

it("knows how many rows a legend has before it is there", () => {
  const states = named("user", "system", "nice", "iowait", "irq", "softirq", "steal");
  expect(legendRows(named("1 min", "5 min", "15 min"), "{thread}", 640)).toBe(1);
  expect(legendRows(states, "%", 640)).toBe(2);
  expect(legendRows(states, "%", 1400)).toBe(1);
  expect(legendRows([], "%", 640)).toBe(1);
});

it("leaves no more room for a name than is shown of it", () => {
  expect(legendRows(named("x".repeat(1000)), "By/s", 300)).toBe(1);
});
