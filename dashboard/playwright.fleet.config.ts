import { defineConfig } from "@playwright/test";
import common from "./playwright.config";

/** Journeys beside a thousand agents, on a hub that `python -m benchmarks.journeys` has started. */
export default defineConfig(common, { testDir: "e2e-fleet", globalSetup: [] });
