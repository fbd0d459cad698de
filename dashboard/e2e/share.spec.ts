import type { Browser, Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

const METRIC = "system.memory.utilization";
const EXPLORE = `/dashboard/explore?a.metric=${METRIC}&a.by=label%3Astate&range=5m`;

/** Somebody with no login, as wide as the test's own page. */
async function stranger(browser: Browser, page: Page): Promise<Page> {
  const viewport = page.viewportSize();
  const context = await browser.newContext({
    ...(viewport && { viewport }),
    storageState: { cookies: [], origins: [] },
  });
  return context.newPage();
}

/** Shares the page that is open; returns the link for somebody, or that for a screen. */
async function share(page: Page, label: string, which: "Link" | "Link for a screen" = "Link"): Promise<string> {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Label (optional)").fill(label);
  await dialog.getByRole("button", { name: "Make link" }).click();
  await expect(page.getByRole("heading", { name: "Copy the link now" })).toBeVisible();
  const link = (await dialog.getByRole("region", { name: which, exact: true }).textContent()) ?? "";
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  return link;
}

// Each is a journey of two people, through every page on the way.
test.describe.configure({ timeout: 120_000 });

test("a page is shared by a link, seen without a login, and gone once it is revoked", async ({ page, browser }) => {
  await page.goto(EXPLORE);
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await expect(page.getByRole("dialog")).toContainText(`${METRIC} with its labels`);
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  const label = `Link ${test.info().project.name}`;
  const link = await share(page, label);
  expect(link).toMatch(/\/dashboard\/shared#oxs_[A-Za-z0-9_-]{43}$/);

  const seen = await stranger(browser, page);
  const asked: string[] = [];
  seen.on("request", (request) => asked.push(request.url()));
  await seen.goto(link);
  await expect(seen.getByText("Shared, read only")).toBeVisible();
  await expect(seen.getByRole("figure", { name: METRIC, exact: false })).toBeVisible();
  await expect(seen.getByRole("cell", { name: "used", exact: true })).toBeVisible();
  // The secret is out of the address, and was never in one that was asked for.
  expect(seen.url()).not.toContain("oxs_");
  expect(asked.filter((url) => url.includes("oxs_"))).toEqual([]);
  await expect(seen.getByRole("navigation", { name: "Main" })).toHaveCount(0);
  await expect(seen.getByRole("button", { name: "Share", exact: true })).toHaveCount(0);
  await expectNoSidewaysScroll(seen);
  await expectAccessible(seen);

  // It stays when it is loaded again, leads nowhere else, and opens nothing else.
  await seen.goto("/dashboard/agents/1");
  await expect(seen).toHaveURL(/\/dashboard\/explore\?/);
  for (const path of [
    "auth/me",
    "agents",
    "agents/1",
    "commands",
    "incidents",
    "series?metric=system.cpu.time&across=sum",
  ])
    expect((await seen.request.get(`/api/v1/${path}`)).status(), path).toBe(401);
  expect((await seen.request.get("/api/v1/shared/series?metric=system.cpu.utilization&across=avg")).status()).toBe(403);
  expect((await seen.request.get(`/api/v1/shared/series?metric=${METRIC}&across=avg`)).status()).toBe(200);

  await page.goto("/dashboard/settings/shares");
  const item = page.getByRole("listitem").filter({ hasText: label });
  await expect(item).toContainText(METRIC);
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await item.getByRole("button", { name: `Revoke ${label}` }).click();
  await page.getByRole("button", { name: "Revoke link" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(item).toHaveCount(0);

  await expect(seen.getByRole("heading", { name: "Nothing is shared here any more" })).toBeVisible();
  await expectAccessible(seen);
  await seen.reload();
  await expect(seen.getByRole("heading", { name: "Nothing is shared here any more" })).toBeVisible();
  await seen.goto(link);
  await expect(seen.getByRole("heading", { name: "Nothing is shared here any more" })).toBeVisible();
  await seen.context().close();
});

test("a screen on the wall shows Home live, without controls, and says when it is not live", async ({
  page,
  browser,
}) => {
  // How busy the machine is never stays the same for long while a browser runs on it.
  await page.goto("/dashboard/?color=cpu");
  const link = await share(page, `Screen ${test.info().project.name}`, "Link for a screen");
  const screen = await stranger(browser, page);
  await screen.goto(link);
  await expect(screen.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await expect(screen.getByRole("list", { name: "Agents by state" })).toContainText("Online");
  await expect(screen.locator("html")).toHaveClass(/kiosk/);
  await expect(screen.getByRole("button")).toHaveCount(0);
  await expect(screen.getByRole("link")).toHaveCount(0);
  await expect(screen.locator("html")).toHaveClass(/idle/);
  await expectNoSidewaysScroll(screen);
  await expectAccessible(screen);

  // Values come by themselves.
  const worst = screen.getByRole("table", { name: /Agents to look at first/ });
  const before = await worst.textContent();
  await expect.poll(() => worst.textContent()).not.toBe(before);

  await screen.context().setOffline(true);
  await screen.evaluate(() => window.dispatchEvent(new Event("offline")));
  await expect(screen.getByText(/Not live\. Last data .+ Reconnecting…/)).toBeVisible({ timeout: 45_000 });
  await expectAccessible(screen);
  await screen.context().setOffline(false);
  await expect(screen.getByText("Not live.")).toHaveCount(0, { timeout: 30_000 });
  await screen.context().close();
});

test("a dashboard is shared with its questions and texts, and nothing that leads elsewhere", async ({
  page,
  browser,
}) => {
  const label = `Board ${test.info().project.name}`;
  const place = (x: number) => ({ x, y: 0, w: 4, h: 4 });
  const made = await page.request.post("/api/v1/dashboards", {
    data: {
      name: label,
      spec: {
        schema_version: 1,
        panels: [
          { id: 1, kind: "timeseries", title: "Memory", grid: place(0), queries: [{ metric: METRIC, by: ["agent"] }] },
          { id: 2, kind: "text", title: "Words", grid: place(4), text: "for everybody" },
          { id: 3, kind: "incidents", grid: place(8) },
        ],
      },
    },
  });
  const { id } = await made.json();
  await page.goto(`/dashboard/dashboards/${id}?range=5m`);
  const link = await share(page, label);
  const seen = await stranger(browser, page);
  await seen.goto(link);
  await expect(seen).toHaveURL(
    ({ pathname, search }) => `${pathname}${search}` === `/dashboard/dashboards/${id}?range=5m`,
  );
  await expect(seen.getByRole("heading", { level: 1, name: label })).toBeVisible();
  await expect(seen.getByText("for everybody")).toBeVisible();
  await expect(seen.getByRole("figure", { name: "Memory" })).toBeVisible();
  await expect(seen.getByRole("main").getByRole("link")).toHaveCount(0);
  await expect(seen.getByRole("button", { name: /^(Edit|Share|Acknowledge)/ })).toHaveCount(0);
  await expectNoSidewaysScroll(seen);
  await expectAccessible(seen);
  await page.request.delete(`/api/v1/dashboards/${id}`);
  await seen.reload();
  await expect(seen.getByRole("heading", { name: "Nothing is shared here any more" })).toBeVisible();
  await seen.context().close();
});

test("who is logged in opens a link as themselves, and can fill a screen too", async ({ page }) => {
  await page.goto("/dashboard/");
  const link = await share(page, `Own ${test.info().project.name}`);
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Account of admin/ })).toBeVisible();
  expect((await page.request.get("/api/v1/shared")).status()).toBe(401);
  await page.goto("/dashboard/?kiosk=1");
  await expect(page.getByRole("list", { name: "Agents by state" })).toBeVisible();
  await expect(page.getByRole("button")).toHaveCount(0);
});
