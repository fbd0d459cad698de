import type { APIRequestContext, Page } from "@playwright/test";
import { expect, test } from "../e2e/fixtures";
import { NAME, Runaway } from "./runaway";

/** The one real agent among those that are simulated; its name is the last one, so that its cell is. */
const MACHINE = process.env.OPSENTRIX_E2E_MACHINE ?? "";
const AGENTS = Number(process.env.OPSENTRIX_E2E_AGENTS);

/** How many agents there are: the fleet, and what other journeys have left. */
async function agentCount(request: APIRequestContext): Promise<number> {
  const { total } = await (await request.get("/api/v1/agents?limit=1")).json();
  expect(total).toBeGreaterThanOrEqual(AGENTS);
  return Number(total);
}

/** An agent looks at its processes every five seconds; hub, browser and a fleet share the processors with one. */
const NOTICED = { timeout: 40_000 };

test.setTimeout(120_000);

const texts = (page: Page, region: string) =>
  page.getByRole("region", { name: region }).locator("tbody tr").allInnerTexts();

test.describe("with a process that eats a core", () => {
  let runaway: Runaway;
  test.beforeEach(() => {
    runaway = new Runaway();
  });
  test.afterEach(() => runaway.end());

  test("somebody finds the cause of a spike: from Home's map to the machine to the process", async ({
    page,
    request,
  }) => {
    const agents = await agentCount(request);
    await page.goto("/dashboard/");
    const map = page.getByRole("application", { name: /Agents by CPU/ });
    await expect(page.getByRole("heading", { name: `${agents.toLocaleString("en")} agents` })).toBeVisible();
    await map.focus();
    await map.press("End");
    const cell = page.getByRole("status").filter({ hasText: MACHINE });
    await expect(cell).toHaveText(/CPU ([5-9]\d|100)(\.\d)? %/, NOTICED);
    await map.press("Enter");
    await expect(page.getByRole("heading", { level: 1, name: MACHINE })).toBeVisible();

    const live = page.getByRole("region", { name: "Top processes", exact: true });
    await expect(live.getByRole("row").filter({ hasText: NAME })).toBeVisible(NOTICED);
    await page.getByRole("radio", { name: "Over the range" }).click();
    const ranked = page.getByRole("region", { name: "Top processes over the range" });
    const row = ranked.getByRole("row").filter({ hasText: NAME }).first();
    await expect(row).toBeVisible(NOTICED);
    await row.getByRole("button", { name: /^\d\d:\d\d:\d\d$/ }).click();
    await expect(page).toHaveURL(/at=\d+/);
    const moment = page.getByRole("region", { name: "Processes at the moment" });
    await expect(moment.getByRole("row").filter({ hasText: NAME })).toBeVisible();
  });
});

test("a link from Explore shows a colleague the same three machines", async ({ page, context }) => {
  await page.goto("/dashboard/explore?a.metric=system.cpu.load_average.1m&a.by=agent&a.top=3&range=5m");
  await expect.poll(async () => (await texts(page, "Groups")).length, NOTICED).toBe(3);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy link" }).click();
  await expect(page.getByText("Copied")).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/from=\d+/);
  const [one, other] = [await context.newPage(), await context.newPage()];
  // What agents of a busy machine send late belongs to the moment, too: both look until they look after the last of it.
  await expect(async () => {
    await Promise.all([one.goto(link), other.goto(link)]);
    await expect.poll(async () => (await texts(one, "Groups")).length).toBe(3);
    await expect.poll(() => texts(other, "Groups")).toEqual(await texts(one, "Groups"));
  }).toPass({ timeout: 90_000 });
  await expect(other.getByRole("button", { name: "Paused: go live" })).toBeVisible();
});

test("a name in the search finds one machine of all", async ({ page, request }) => {
  const agents = await agentCount(request);
  await page.goto("/dashboard/agents");
  const list = page.getByRole("table", { name: "Agents" });
  await expect(list).toHaveAttribute("aria-rowcount", String(agents + 1));
  await page.getByRole("searchbox", { name: /Search agents/ }).fill("simulated-00037");
  await expect(list.getByRole("link", { name: "simulated-00037" }).first()).toBeVisible();
  await expect(list).toHaveAttribute("aria-rowcount", "2");
});
