import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isComplete, MAX_PANELS } from "./dashboard-spec";
import { TEMPLATES } from "./dashboard-templates";
import { compacted } from "./grid-layout";

const REFERENCE = readFileSync(fileURLToPath(new URL("../../../docs/reference/metrics.md", import.meta.url)), "utf8");

describe.each(TEMPLATES)("the template $name", ({ spec }) => {
  const queries = spec.panels.flatMap((panel) => ("queries" in panel ? panel.queries : []));

  it("asks for metrics that agents send, by labels that they have", () => {
    for (const { metric, labels, by } of queries) {
      const line = REFERENCE.split("\n").find((one) => one.startsWith(`| \`${metric}\``));
      expect(line, metric).toBeDefined();
      const keys = [...Object.keys(labels), ...by.flatMap((one) => one.match(/^label:(.+)/)?.[1] ?? [])];
      for (const key of keys) expect(line, `${metric} by ${key}`).toContain(`\`${key}\``);
    }
  });

  it("stands without holes, overlaps or empty panels", () => {
    expect(spec.panels.length).toBeLessThanOrEqual(MAX_PANELS);
    expect(spec.panels.every(isComplete)).toBe(true);
    expect(compacted(spec.panels)).toEqual(spec.panels);
  });
});
