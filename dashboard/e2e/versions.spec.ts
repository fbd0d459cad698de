import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, openSettings, test } from "./fixtures";

test("the versions in the fleet are counted, and what can be offered is explained", async ({ page }) => {
  await page.goto("/dashboard/");
  await openSettings(page, "Agent versions");
  await expect(page.getByRole("heading", { level: 1, name: "Agent versions" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "In the fleet" })).toBeVisible();
  await expect(page.getByText("A rollout begins with one agent")).toBeVisible();
  // No manifest lies beside the artefact of a checkout, and where it was not built there is none to offer.
  await expect(page.getByText(/It is not signed|This hub offers no release/)).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

const at = new Date(Date.now() - 20 * 60_000).toISOString();
const machine = (id: number, name: string, online = true) => ({ id, name, version: "1.4.0", online });
const rollout = (id: number, more: object) => ({
  id,
  version: "1.5.0",
  reason: "",
  ring: 1,
  soak_s: 600,
  max_failures: 1,
  next_ring_at: null,
  created_by: "admin",
  created_at: at,
  changed_at: at,
  ...more,
});
const ROLLOUTS = [
  rollout(2, {
    state: "running",
    rings: [
      { agents: 1, states: { confirmed: 1 } },
      { agents: 4, states: { confirmed: 1, applying: 1, reverted: 1, waiting: 1 } },
      { agents: 45, states: { waiting: 45 } },
    ],
    agents: [
      { id: 5, name: "db-primary.example.net", ring: 1, state: "applying", detail: "", changed_at: at },
      {
        id: 6,
        name: "cache-2",
        ring: 1,
        state: "reverted",
        detail: "The hub acknowledged nothing of release 1.5.0-0123456789ab within 180 s.",
        changed_at: at,
      },
    ],
  }),
  rollout(1, {
    state: "halted",
    version: "1.4.1",
    ring: 0,
    reason: "No agent of ring 1 runs the release.",
    rings: [
      { agents: 1, states: { refused: 1 } },
      { agents: 49, states: { waiting: 49 } },
    ],
    agents: [
      {
        id: 4,
        name: "web-1",
        ring: 0,
        state: "refused",
        detail: "Release 1.4.1 is not signed by a key that the policy trusts.",
        changed_at: at,
      },
    ],
  }),
];

/** Lets a fleet of 54 agents answer; a real one that is upgraded is the end-to-end tests' business. */
async function aFleet(page: Page, rollouts: typeof ROLLOUTS): Promise<void> {
  await page.route("**/api/v1/agent-releases", (route) =>
    route.fulfill({
      json: {
        offered: {
          version: "1.5.0",
          sha256: "5f".repeat(32),
          size: 2_480_112,
          keys: ["9c2f0a61d3b84e75"],
          problem: "",
        },
        versions: [
          { version: "1.4.0", agents: 48, allowed: 45 },
          { version: "1.5.0", agents: 5, allowed: 5 },
          { version: "", agents: 1, allowed: 0 },
        ],
      },
    }),
  );
  await page.route("**/api/v1/upgrades", (route) => route.fulfill({ json: { items: rollouts } }));
  await page.route(/\/api\/v1\/upgrades\/\d+$/, (route) =>
    route.fulfill({ json: rollouts.find((one) => route.request().url().endsWith(`/${one.id}`)) ?? null }),
  );
  await page.route("**/api/v1/upgrades/plan", (route) => {
    const rest = Array.from({ length: 40 }, (_, index) => machine(20 + index, `worker-${index + 1}`, index % 9 > 0));
    const rings = [[machine(1, "web-1")], [machine(2, "web-2"), machine(5, "db-primary.example.net")], rest];
    return route.fulfill({
      json: { version: "1.5.0", rings, not_allowed: [machine(9, "printer")], current: [machine(8, "staging")] },
    });
  });
}

test("a plan names each machine and its ring before anything begins", async ({ page }) => {
  await aFleet(page, []);
  await page.goto("/dashboard/settings/agent-versions");
  await page.getByRole("button", { name: "Plan a rollout" }).click();
  const dialog = page.getByRole("dialog", { name: "Roll out 1.5.0" });
  await expect(dialog.getByText("Ring 3")).toBeVisible();
  await expect(dialog.getByText("Not allowed by its owner")).toBeVisible();
  await expect(dialog.getByText("printer")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Upgrade 43 agents" })).toBeEnabled();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await dialog.getByLabel("Failures allowed").fill("many");
  await expect(dialog.getByRole("button", { name: "Upgrade 43 agents" })).toBeDisabled();
});

test("a rollout shows each ring, who failed and why, and can be stopped", async ({ page }) => {
  await aFleet(page, ROLLOUTS);
  await page.goto("/dashboard/settings/agent-versions");
  const running = page.getByRole("region", { name: "Rollout of 1.5.0" });
  await expect(running.getByText("Ring 3")).toBeVisible();
  await expect(running.getByRole("link", { name: "cache-2" })).toBeVisible();
  await expect(running.getByText("acknowledged nothing")).toBeVisible();
  await expect(page.getByRole("region", { name: "Rollout of 1.4.1" }).getByText("Halted in ring 1 of 2")).toBeVisible();
  await expect(page.getByRole("button", { name: "Plan a rollout" })).toBeDisabled();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await running.getByRole("button", { name: "Stop" }).click();
  const dialog = page.getByRole("dialog", { name: "Stop the rollout of 1.5.0?" });
  const stopped = page.waitForRequest("**/api/v1/upgrades/2/stop");
  await page.route("**/api/v1/upgrades/2/stop", (route) => route.fulfill({ json: ROLLOUTS[0] }));
  await dialog.getByRole("button", { name: "Stop the rollout" }).click();
  expect((await stopped).method()).toBe("POST");
  await expect(dialog).toBeHidden();
});
