import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { KNOWN, PLANS } from ".";

it("has a place for every metric that the agent declares", () => {
  const reference = readFileSync(new URL("../../../../../docs/reference/metrics.md", import.meta.url), "utf8");
  const declared = [...reference.matchAll(/^\| `([a-z0-9_.]+)` \|/gm)].map(([, name]) => name ?? "");
  expect(declared.length).toBeGreaterThan(100);
  expect(declared.filter((name) => !KNOWN.has(name))).toEqual([]);
});

it("names each chart once", () => {
  const ids = Object.values(PLANS).flatMap((plans) => plans.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});
