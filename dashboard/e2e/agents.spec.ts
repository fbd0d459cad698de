import { readFileSync } from "node:fs";
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

test("the theme can be chosen and is kept", async ({ page, isMobile }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/dashboard/agents");
  if (isMobile) {
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("radio", { name: "Dark" }).click();
  } else {
    await page.getByRole("button", { name: "Theme: system" }).click();
    await page.getByRole("menuitemradio", { name: "Dark" }).click();
  }
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

test("the list is grouped, collapsed, kept as a filter and taken back", async ({ page }, info) => {
  const name = `hosts ${info.project.name}`;
  await page.goto("/dashboard/agents?type=host");
  const table = page.getByRole("table", { name: "Agents" });
  await page.getByRole("button", { name: "Not grouped" }).click();
  await page.getByRole("menuitemradio", { name: "By type" }).click();
  const group = table.getByRole("button", { name: /^host \d+/ });
  await expect(group).toHaveAttribute("aria-expanded", "true");
  await expect(table.getByRole("link").first()).toBeVisible();
  await group.click();
  await expect(table.getByRole("link")).toHaveCount(0);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("menuitem", { name: "Save these filters" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.goto("/dashboard/agents");
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("menuitem", { name }).click();
  await expect(page).toHaveURL(/type=.*host.*by=type/);
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("menuitem", { name: `Delete “${name}”` }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Saved filters" }).click();
  await expect(page.getByRole("menuitem", { name: `Delete “${name}”` })).toBeVisible();
});

test("what is shown is saved as CSV, and shown as cards", async ({ page, isMobile }) => {
  await page.goto("/dashboard/agents?type=host");
  const table = page.getByRole("table", { name: "Agents" });
  await expect(table.getByRole("link").first()).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save what is shown as CSV" }).click();
  const file = await (await download).path();
  const lines = readFileSync(file, "utf8").split("\r\n");
  expect(lines[0]).toMatch(/^name,host,type,/);
  expect(lines[1]).toContain(",host,");
  expect(lines).toHaveLength((await table.getByRole("link").count()) + 2);
  if (isMobile) return;
  await page.getByRole("button", { name: "Show as cards" }).click();
  await page.reload();
  await expect(page.getByRole("button", { name: "Show as a table" })).toBeVisible();
  await expect(table.getByText("Memory", { exact: true }).nth(1)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Show as a table" }).click();
});
