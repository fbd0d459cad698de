import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

const field = (page: Page) => page.getByRole("combobox");
const options = (page: Page) => page.getByRole("listbox", { name: "Found" }).getByRole("option");

async function open(page: Page, path = "/dashboard/"): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  // The keys come with a chunk of their own, after the page.
  await expect(async () => {
    await page.keyboard.press("Control+k");
    await expect(field(page)).toBeVisible({ timeout: 500 });
  }).toPass();
}

test("everything is a few letters away", async ({ page }) => {
  await open(page);
  await expect(field(page)).toBeFocused();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await field(page).fill("rules");
  await expect(options(page).first()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Rules", level: 1 })).toBeVisible();
  // An agent by its name, and what was chosen before comes first.
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("group", { name: "Recent" }).getByRole("option")).toHaveText(/Rules/);
  const { items } = await (await page.request.get("/api/v1/agents?limit=1")).json();
  await field(page).fill(items[0].name);
  await expect(options(page).first()).toContainText(items[0].name);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: items[0].name, level: 1 })).toBeVisible();
});

test("a metric leads to its chart", async ({ page }) => {
  await open(page);
  await field(page).fill("memory utilization");
  await options(page).filter({ hasText: "system.memory.utilization" }).click();
  await expect(page.getByRole("heading", { name: "Explore", level: 1 })).toBeVisible();
  await expect(page.getByRole("figure", { name: /^system\.memory\.utilization/ })).toBeVisible();
});

test("arrows move, Escape leaves, and nothing found is said", async ({ page }) => {
  await open(page);
  const active = page.locator('[role="option"][aria-selected="true"]');
  const first = await active.textContent();
  await page.keyboard.press("ArrowDown");
  await expect(active).not.toHaveText(first ?? "");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await expect(options(page).last()).toHaveAttribute("aria-selected", "true");
  await expect(field(page)).toHaveAttribute("aria-activedescendant", (await active.getAttribute("id")) ?? "");
  await field(page).fill("zzzz");
  await expect(page.getByText("Nothing has that in its name.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(field(page)).toBeHidden();
});

test("acts: a dialog, a theme, an action on an agent", async ({ page }) => {
  await open(page);
  await field(page).fill("theme dark");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.keyboard.press("Control+k");
  await field(page).fill("new silence");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: /silence/i })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await field(page).fill("run action");
  await page.keyboard.press("Enter");
  await expect(field(page)).toHaveAccessibleName("Agent to run an action on");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: /Run an action on/ })).toBeVisible();
});

test("keys lead to pages, never while somebody types, and can be switched off", async ({ page }) => {
  await open(page, "/dashboard/agents");
  await page.keyboard.press("Escape");
  await expect(field(page)).toBeHidden();
  const search = page.getByRole("searchbox", { name: /Search agents/ });
  await expect(search).toBeVisible();
  await page.keyboard.press("/");
  await expect(search).toBeFocused();
  await page.keyboard.type("gi?n");
  await expect(search).toHaveValue("gi?n");
  await search.fill("");
  await search.blur();
  await page.keyboard.press("n");
  await expect(page.getByRole("dialog", { name: "Add a server" })).toBeVisible();
  await page.keyboard.type("gi");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.keyboard.type("gi");
  await expect(page.getByRole("heading", { name: "Incidents", level: 1 })).toBeVisible();
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(keys).toContainText("Runbooks");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await keys.getByRole("switch").click();
  await page.keyboard.press("Escape");
  await page.keyboard.type("ga?");
  await expect(page.getByRole("heading", { name: "Incidents", level: 1 })).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.goto("/dashboard/account");
  await page.getByRole("switch", { name: "Single keys" }).click();
  await page.getByRole("button", { name: "Show all keys" }).click();
  await expect(keys.getByRole("switch")).toBeChecked();
});

test("a press on the header's button opens it", async ({ page }) => {
  await page.goto("/dashboard/incidents");
  await page.getByRole("button", { name: "Find and do anything" }).click();
  await field(page).fill("commands");
  await options(page).filter({ hasText: "Commands" }).first().click();
  await expect(page.getByRole("heading", { name: "Commands", level: 1 })).toBeVisible();
});
