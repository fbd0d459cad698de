import { expect, it } from "vitest";
import { historyDays } from "./history";

const rules = [
  { environment: "lab", tag: null, keep_1s_days: 3 },
  { environment: null, tag: "db", keep_1s_days: 90 },
  { environment: null, tag: "web", keep_1s_days: null },
];

it.each([
  ["production", [], 30],
  ["lab", [], 3],
  ["lab", ["db"], 90],
  ["production", ["web"], 30],
] as const)("an agent in %s with tags %o is kept %d days", (environment, tags, days) => {
  expect(historyDays({ defaults: { keep_1s_days: 30 }, rules }, { environment, tags })).toBe(days);
});
