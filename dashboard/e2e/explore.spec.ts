import type { APIRequestContext, Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

const METRIC = "e2e.explore.load";
/** Names of agents with the value that each has now; an hour ago it was half of it. */
const VALUES: Record<string, number> = { quiet: 10, even: 40, loud: 80, loudest: 90 };

/** Enrolls an agent that reports by the API alone, and sends a value of now and one of an hour ago. */
async function enroll(request: APIRequestContext, name: string, value: number): Promise<number> {
  const { token } = await (await request.post("/api/v1/enrollment-tokens", { data: {} })).json();
  const { id, credential } = await (
    await request.post("/api/v1/agents/register", {
      headers: { Authorization: `Bearer ${token}` },
      data: { name, type: "explored", host: name, reporting_interval: 10 },
    })
  ).json();
  const now = Math.floor(Date.now() / 1000);
  const samples = [0, 10, 20, 30].flatMap((before) => [
    { metric: METRIC, labels: {}, time: now - 60 - before, value },
    { metric: METRIC, labels: {}, time: now - 60 - before - 3600, value: value / 2 },
  ]);
  const sent = await request.post(`/api/v1/agents/${id}/metrics`, {
    headers: { Authorization: `Bearer ${credential}` },
    data: { samples },
  });
  expect(sent.status(), await sent.text()).toBe(200);
  return id;
}

/** The rows of the table as texts. */
async function rows(page: Page): Promise<string[]> {
  const texts = await page.getByRole("region", { name: "Groups" }).locator("tbody tr").allInnerTexts();
  return texts.map((text) => text.replace(/\s+/g, " ").trim());
}

test.describe("Explore", () => {
  const ids: number[] = [];
  test.beforeAll(async ({ browser, session }) => {
    const context = await browser.newContext({ baseURL: process.env.OPSENTRIX_E2E_URL ?? "", storageState: session });
    for (const [name, value] of Object.entries(VALUES))
      ids.push(await enroll(context.request, `explored-${name}`, value));
    await context.close();
  });
  test.afterAll(async ({ browser, session }) => {
    const context = await browser.newContext({ baseURL: process.env.OPSENTRIX_E2E_URL ?? "", storageState: session });
    for (const id of ids.splice(0)) await context.request.delete(`/api/v1/agents/${id}`);
    await context.close();
  });

  test("somebody finds the three highest, holds them against an hour ago, and sends a link", async ({
    page,
    context,
  }) => {
    await page.goto("/dashboard/");
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Explore" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Explore" })).toBeVisible();
    await expectAccessible(page);

    await page.getByRole("combobox", { name: "Metric" }).fill("explore.lo");
    await page.getByRole("option", { name: `${METRIC} 4 series` }).click();
    const query = page.getByRole("region", { name: "Query A" });
    await expect(query.getByRole("button", { name: "Group by agent" })).toBeVisible();
    await expect.poll(() => rows(page)).toHaveLength(4);
    await query.getByRole("button", { name: /^Show/ }).click();
    await page.getByRole("menuitemradio", { name: "highest 3" }).click();
    await query.getByRole("button", { name: /^Compare with/ }).click();
    await page.getByRole("menuitemradio", { name: "1 h earlier" }).click();

    const highest = [
      "explored-loudest 90.0 90.0 90.0 90.0 +100 %",
      "explored-loud 80.0 80.0 80.0 80.0 +100 %",
      "explored-even 40.0 40.0 40.0 40.0 +100 %",
    ];
    const seen = (all: string[]) => all.map((text) => text.replace(/ [\d.]+/g, ""));
    await expect.poll(async () => seen(await rows(page))).toEqual(seen(highest));
    await expect(query.getByText("The 3 highest of 4 groups, by their average.")).toBeVisible();
    await expect(query.getByRole("figure", { name: `${METRIC}: average by agent` })).toBeVisible();

    await page.getByRole("button", { name: "explored-loud", exact: true }).click();
    await expect(page).toHaveURL(/a\.solo=/);
    await expect(page.getByRole("button", { name: "explored-loud", exact: true })).toHaveAttribute(
      "aria-pressed",
      "true",
    );
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);

    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy link" }).click();
    await expect(page.getByText("Copied")).toBeVisible();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toMatch(/from=\d+/);
    const other = await context.newPage();
    await other.goto(link);
    await expect(other.getByRole("button", { name: "Paused: go live" })).toBeVisible();
    await expect.poll(() => rows(other)).toEqual(await rows(page));
    await expect(other.getByRole("button", { name: "explored-loud", exact: true })).toHaveAttribute(
      "aria-pressed",
      "true",
    );
    await other.close();
  });

  test("several queries stand on one page, and a time without data says so", async ({ page }) => {
    await page.goto(`/dashboard/explore?a.metric=${METRIC}&a.across=sum&a.type=explored`);
    const first = page.getByRole("region", { name: "Query A" });
    await expect(first.getByRole("button", { name: "All, sum" })).toBeVisible();
    await first.getByRole("button", { name: "Duplicate query A" }).click();
    const second = page.getByRole("region", { name: "Query B" });
    await second.getByRole("button", { name: /^Group by/ }).click();
    await page.getByRole("menuitemcheckbox", { name: "agent" }).click();
    await page.keyboard.press("Escape");
    await expect(second.getByRole("button", { name: "explored-quiet", exact: true })).toBeVisible();
    await first.getByRole("button", { name: "Hide query A" }).click();
    await expect(first.getByRole("figure")).toBeHidden();
    await page.reload();
    await expect(second.getByRole("button", { name: "explored-quiet", exact: true })).toBeVisible();
    await expect(first.getByRole("figure")).toBeHidden();
    await second.getByRole("button", { name: "Remove query B" }).click();
    await expect(second).toBeHidden();

    await page.goto(`/dashboard/explore?from=1700000000&to=1700000900&a.metric=${METRIC}`);
    await expect(page.getByText("No data in this time")).toBeVisible();
    await expect(page.getByText(/The newest sample of e2e\.explore\.load came/)).toBeVisible();
  });

  test("an agent's chart leads there with its machine and its time", async ({ page }) => {
    await page.goto(`/dashboard/agents/${ids[3]}?range=15m`);
    await page.getByRole("link", { name: `Explore ${METRIC}` }).click();
    await expect(page).toHaveURL(/explore\?.*range=15m/);
    await expect(page.getByRole("button", { name: "Leave out explored-loudest" })).toBeVisible();
    await expect(page.getByRole("figure", { name: METRIC })).toBeVisible();
  });
});
