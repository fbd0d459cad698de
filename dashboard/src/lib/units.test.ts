import { describe, expect, it } from "vitest";
import { displayUnit, duration, formatAxisValue, formatValue } from "./units";

describe("displayUnit", () => {
  it.each([
    ["system.cpu.utilization", "1", "%"],
    ["system.disk.io_time", "1", "%"],
    ["system.disk.operation_time", "s/s", "%"],
    ["opsentrix.agent.collector.up", "1", "1"],
    ["system.memory.usage", "By", "By"],
    ["cpu_usage", "", ""],
  ])("%s in %s is shown in %s", (metric, unit, shown) => {
    expect(displayUnit(metric, unit)).toBe(shown);
  });
});

describe("formatValue", () => {
  it.each([
    [0.382, "%", "38.2 %"],
    [0.0004, "%", "0.04 %"],
    [0.9996, "%", "100 %"],
    [0, "%", "0 %"],
    [0, "By", "0 B"],
    [1023, "By", "1023 B"],
    [1024, "By", "1.00 KiB"],
    [1023.7 * 1024, "By", "1.00 MiB"],
    [12.4 * 1024 ** 2, "By/s", "12.4 MiB/s"],
    [-2048, "By/s", "-2.00 KiB/s"],
    [1250, "{packet}/s", "1.25k/s"],
    [999.6, "{packet}/s", "1.00k/s"],
    [3, "{process}", "3"],
    [42.5, "", "42.5"],
    [21.5, "Cel", "21.5 Cel"],
    [0.000_012, "s", "12.0 µs"],
    [0.0125, "s", "12.5 ms"],
    [2.5, "s", "2.50 s"],
    [7200, "s", "2 h"],
  ])("%d in %s is %s", (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  it.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY])("shows %s as a dash, not as zero", (value) => {
    expect(formatValue(value, "By")).toBe("–");
  });
});

describe("formatAxisValue", () => {
  it.each([
    [0.2, "%", "20 %"],
    [0.125, "%", "12.5 %"],
    [1024, "By", "1 KiB"],
    [1.5 * 1024 ** 2, "By/s", "1.5 MiB/s"],
    [100, "", "100"],
    [0, "%", "0 %"],
  ])("%d in %s is %s", (value, unit, text) => {
    expect(formatAxisValue(value, unit)).toBe(text);
  });
});

describe("duration", () => {
  it.each([
    [0, "0 s"],
    [59.6, "1 min"],
    [725, "12 min 5 s"],
    [3 * 86_400 + 4 * 3600 + 59, "3 d 4 h"],
    [86_400 + 30, "1 d"],
    [Number.NaN, "–"],
  ])("%d s is %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
