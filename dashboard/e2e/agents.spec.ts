import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

test("lists this machine, online and with figures that move by themselves", async ({ page }) => {
  await page.goto("/dashboard/agents?type=host");
  const row = page.getByRole("table", { name: "Agents" }).getByRole("row").nth(1);
  await expect(row).toContainText("Online");
  await expect(row).toContainText(/\d+(\.\d+)? %/);
  const before = await row.textContent();
  await expect(row).not.toHaveText(before ?? "", { timeout: 20_000 });
});

test("search and filters live in the URL", async ({ page }) => {
  await page.goto("/dashboard/agents");
  const table = page.getByRole("table", { name: "Agents" });
  await expect(table.getByRole("link").first()).toBeVisible();
  await page.getByRole("searchbox").fill("no such agent anywhere");
  await expect(page.getByText("No agent matches these filters.")).toBeVisible();
  await expect(page).toHaveURL(/q=no/);
  await page.reload();
  await expect(page.getByRole("searchbox")).toHaveValue("no such agent anywhere");
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(table.getByRole("link").first()).toBeVisible();
  await page.getByRole("button", { name: /\d+ online/ }).click();
  await expect(page).toHaveURL(/status=/);
  await expect(table.getByRole("link").first()).toBeVisible();
});

test("the theme can be chosen and is kept", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/dashboard/agents");
  await page.getByRole("button", { name: "Theme: system" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("the list is accessible in both themes", async ({ page }) => {
  await page.goto("/dashboard/agents");
  await expect(page.getByRole("table", { name: "Agents" }).getByRole("link").first()).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

test("an address that leads nowhere says so", async ({ page }) => {
  await page.goto("/dashboard/nowhere");
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  await expectAccessible(page);
});
