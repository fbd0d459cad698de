import type { Page } from "@playwright/test";
import { bringIntoView, expect, expectAccessible, expectNoSidewaysScroll, openOwnAgent, test } from "./fixtures";

/** The samples and looks of a few seconds are there, so that there is something to press. */
async function openWithHistory(page: Page): Promise<void> {
  await openOwnAgent(page);
  const agent = new URL(page.url()).pathname.split("/").at(-1);
  await expect
    .poll(
      async () => {
        const now = Date.now() / 1000;
        const answer = await page.request.get(`/api/v1/agents/${agent}/processes/top?from=${now - 300}&to=${now}`);
        return (await answer.json()).looks;
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(1);
}

test("a press in any chart leads to the processes of that moment, and back undoes it", async ({ page }) => {
  await openWithHistory(page);
  const chart = page.getByRole("figure", { name: "Load average" });
  await bringIntoView(chart);
  const plot = chart.locator(".u-over");
  const size = await plot.boundingBox();
  if (size === null) throw new Error("the chart has no size");
  const place = { x: size.width - 12, y: size.height / 2 };
  await plot.click({ position: place });
  const offer = chart.getByRole("button", { name: /Processes at \d\d:\d\d:\d\d/ });
  await expect(offer).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(offer).toBeHidden();
  await plot.click({ position: place });
  const clock = /\d\d:\d\d:\d\d/.exec((await offer.textContent()) ?? "")?.[0] ?? "none";
  await offer.click();
  await expect(page).toHaveURL(/at=\d+/);
  await expect(page).toHaveURL(/from=\d+/);
  const section = page.getByRole("region", { name: "Processes", exact: true });
  await expect(section.getByRole("heading", { name: `${clock}` })).toBeInViewport();
  await expect(section.getByText(/Look at .*\d\d:\d\d:\d\d, (at that second|\d+ s (before|after))/)).toBeVisible();
  await expect(page.getByRole("region", { name: "Processes at the moment" }).getByRole("row").nth(1)).toBeVisible();
  await page.goBack();
  await expect(page).not.toHaveURL(/at=/);
  await expect(page.getByRole("region", { name: "Top processes", exact: true })).toBeAttached();
});

test("a link to a moment shows the moment, and its neighbours are one press away", async ({ page }) => {
  await openWithHistory(page);
  await page.getByRole("radio", { name: "At a moment" }).click();
  await expect(page).toHaveURL(/at=\d+/);
  await page.reload();
  const table = page.getByRole("region", { name: "Processes at the moment" });
  await expect(table.getByRole("row").nth(1)).toBeVisible();
  const moment = await page.getByLabel("Moment", { exact: true }).inputValue();
  await page.getByRole("button", { name: "Earlier look" }).press("Enter");
  await expect(page.getByLabel("Moment", { exact: true })).not.toHaveValue(moment);
  await page.goBack();
  await expect(page.getByLabel("Moment", { exact: true })).toHaveValue(moment);
});

test("the range is ranked by what is asked for, filtered, and leads to a peak", async ({ page }) => {
  await openWithHistory(page);
  await page.getByRole("button", { name: "Live: pause" }).click();
  await page.getByRole("radio", { name: "Over the range" }).click();
  const table = page.getByRole("region", { name: "Top processes over the range" });
  await expect(table.getByRole("row").nth(1)).toBeVisible();
  await page.getByRole("radio", { name: "Memory" }).click();
  await expect(page).toHaveURL(/top=memory/);
  await expect(table.getByRole("columnheader", { name: "Highest" })).toHaveAttribute("aria-sort", "descending");
  await table.getByRole("button", { name: "Process", exact: true }).press("Enter");
  await expect(table.getByRole("columnheader", { name: "Process" })).toHaveAttribute("aria-sort", "ascending");
  const name = (await table.locator("span[title]").first().textContent()) ?? "";
  await page.getByRole("searchbox", { name: "Filter processes" }).fill(name.toUpperCase());
  await expect(table.locator("span[title]").filter({ hasNotText: name })).toHaveCount(0);
  await expect(table.getByRole("row").nth(1)).toContainText(name);
  await page.getByRole("searchbox", { name: "Filter processes" }).fill("no such process");
  await expect(page.getByText("matches “no such process”")).toBeVisible();
  await page.getByRole("searchbox", { name: "Filter processes" }).fill("");
  await table
    .getByRole("button", { name: /^\d\d:\d\d:\d\d$/ })
    .first()
    .click();
  await expect(page).toHaveURL(/at=\d+/);
});

test("a moment of which nothing is kept says why", async ({ page }) => {
  await openOwnAgent(page);
  const path = new URL(page.url()).pathname;
  await page.goto(`${path}?at=1000000000`);
  await expect(page.getByText("This is older than what is kept")).toBeVisible();
  await page.goto(`${path}?at=${Math.round(Date.now() / 1000) - 86_400}`);
  await expect(page.getByText("No look at the processes here")).toBeVisible();
  await expectAccessible(page);
});

test("what reports by the API alone is said to have no processes", async ({ page }) => {
  const { token } = await (await page.request.post("/api/v1/enrollment-tokens", { data: {} })).json();
  const agent = await (
    await page.request.post("/api/v1/agents/register", {
      headers: { Authorization: `Bearer ${token}` },
      data: { name: `script-${test.info().project.name}-${Date.now()}`, type: "script", host: "script.example" },
    })
  ).json();
  await page.request.post(`/api/v1/agents/${agent.id}/metrics`, {
    headers: { Authorization: `Bearer ${agent.credential}` },
    data: { metrics: { cpu_usage: 42.5 } },
  });
  await page.goto(`/dashboard/agents/${agent.id}`);
  await expect(page.getByText("This agent sends no processes")).toBeVisible();
  await page.getByRole("radio", { name: "Over the range" }).click();
  await expect(page.getByText("This agent sent no processes here")).toBeVisible();
  await page.getByRole("figure").first().locator(".u-over").click();
  await expect(page.getByRole("button", { name: /^Processes at/ })).toBeHidden();
});

for (const view of ["At a moment", "Over the range"]) {
  test(`the processes are accessible: ${view}`, async ({ page }) => {
    await openWithHistory(page);
    await page.getByRole("radio", { name: view }).click();
    await expect(
      page
        .getByRole("region", { name: /^(Top p|P)rocesses (at|over)/ })
        .getByRole("row")
        .nth(1),
    ).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  });
}
