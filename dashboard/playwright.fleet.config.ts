import { defineConfig } from "@playwright/test";
import common from "./playwright.config";

/** Of the journeys on a hub with one agent, those that a fleet could get in the way of. */
const ALSO_HERE = /an admin writes a rule|an incident appears by itself|two presses run a script|output comes live/;

/** Journeys beside a thousand agents, on a hub that `python -m benchmarks.journeys` has started. */
export default defineConfig(common, {
  testDir: ".",
  testMatch: ["e2e-fleet/*.spec.ts", "e2e/{rules,incidents,commands}.spec.ts"],
  grep: [/^.*fleet\.spec\.ts/, ALSO_HERE],
  globalSetup: [],
});
