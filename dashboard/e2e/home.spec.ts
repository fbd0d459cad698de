import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

/** The machines of the map that have a value; agents of other journeys may be gone. */
const valued = (page: Page) =>
  page
    .getByRole("table", { name: /look at first/ })
    .getByRole("row")
    .filter({ hasText: /[\d.]+ %/ })
    .first();

test("a state's count leads to the agents that are in it", async ({ page }) => {
  await page.goto("/dashboard/");
  await page
    .getByRole("list", { name: "Agents by state" })
    .getByRole("link", { name: /Online/ })
    .click();
  await expect(page.getByRole("heading", { level: 1, name: "Agents" })).toBeVisible();
  await expect(page).toHaveURL(/agents\?status=/);
  await expect(page.getByRole("table", { name: "Agents" }).getByRole("link").first()).toBeVisible();
});

test("a cell leads to its agent, by pointer and by keys", async ({ page, isMobile }) => {
  await page.goto("/dashboard/");
  const map = page.getByRole("application", { name: /Agents by CPU/ });
  const canvas = map.locator("canvas");
  await expect(map).toBeVisible();
  const cell = { x: 20, y: 20 };
  if (isMobile) await canvas.tap({ position: cell });
  else {
    await canvas.hover({ position: cell });
    await expect(page.getByText(/(^|· )(online|offline)/).first()).toBeVisible();
    await canvas.click({ position: cell });
  }
  await expect(page).toHaveURL(/agents\/\d+/);
  await page.goBack();
  await map.focus();
  await map.press("Home");
  // Agents of other journeys may stand before the one that reports.
  await expect(async () => {
    await map.press("ArrowRight");
    await expect(page.getByRole("status").filter({ hasText: /CPU [\d.]+ %/ })).toBeAttached({ timeout: 300 });
  }).toPass();
  await map.press("Enter");
  await expect(page).toHaveURL(/agents\/\d+/);
});

test("what colours the cells and how they are grouped stands in the address", async ({ page }) => {
  await page.goto("/dashboard/");
  await page.getByRole("radio", { name: "Memory" }).click();
  await expect(page.getByRole("application", { name: /Agents by Memory/ })).toBeVisible();
  await page.getByRole("button", { name: "Not grouped" }).click();
  await page.getByRole("menuitemradio", { name: "By type" }).click();
  await expect(page).toHaveURL(/color=memory&by=type/);
  await page.getByRole("radio", { name: "Other" }).click();
  await page.getByRole("combobox", { name: "Metric" }).fill("system.memory.util");
  await page.getByRole("option", { name: "system.memory.utilization" }).click();
  await expect(page).toHaveURL(/metric=system.memory.utilization/);
  await page.reload();
  await expect(page.getByRole("application", { name: /Agents by system.memory.utilization/ })).toBeVisible();
  await expect(valued(page)).toBeAttached();
  await expect(page.getByText("host", { exact: true }).first()).toBeVisible();
});

test("addresses that the list of agents had lead to it", async ({ page }) => {
  await page.goto("/dashboard/?status=online&sort=cpu&descending=true");
  await expect(page.getByRole("heading", { level: 1, name: "Agents" })).toBeVisible();
  await expect(page).toHaveURL(/agents\?status=.*online.*sort=cpu&descending=true/);
});

test("the page is accessible in both themes", async ({ page }) => {
  await page.goto("/dashboard/?by=environment");
  await expect(page.getByRole("region", { name: "Is anybody watching?" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Open incidents" })).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});
