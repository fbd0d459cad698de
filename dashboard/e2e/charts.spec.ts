import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { bringIntoView, expect, expectAccessible, expectNoSidewaysScroll, openOwnAgent, test } from "./fixtures";

const CPU = "CPU by state, all cores";
const chart = (page: Page) => page.getByRole("figure", { name: CPU });
const plot = (page: Page) => chart(page).getByRole("application", { name: CPU });

async function choose(page: Page, item: string, role: "menuitem" | "menuitemcheckbox" = "menuitem"): Promise<void> {
  await page.getByRole("button", { name: `More of ${CPU}` }).click();
  await page.getByRole(role, { name: item }).click();
}

/** Waits for so many points, so that there is something to read. */
async function openWithPoints(page: Page): Promise<void> {
  await openOwnAgent(page);
  await expect(chart(page).getByRole("button", { name: /^user .*%/ })).toBeVisible();
}

test("a logarithmic scale stands in the address, and comes back with it", async ({ page }) => {
  await openWithPoints(page);
  await choose(page, "Logarithmic scale", "menuitemcheckbox");
  await expect(page).toHaveURL(/log=cpu/);
  await expect(chart(page).getByText("logarithmic")).toBeVisible();
  await page.reload();
  await expect(chart(page).getByText("logarithmic")).toBeVisible();
  await bringIntoView(chart(page));
  await expect(chart(page).getByText(/^Not drawn: [\d,]+ at zero or below$/)).toBeVisible();
  await choose(page, "Stacked", "menuitemcheckbox");
  await expect(page).not.toHaveURL(/log=/);
});

test("the values drawn are saved as CSV, and the chart as a picture", async ({ page }) => {
  await openWithPoints(page);
  await page.getByRole("button", { name: "Live: pause" }).click();
  await expect(page).toHaveURL(/from=\d+/);
  await expect(chart(page).getByRole("button", { name: /^user .*%/ })).toBeVisible();
  const saved = async (item: string) => {
    const download = page.waitForEvent("download");
    await choose(page, item);
    return await download;
  };
  const csv = await saved("Save as CSV");
  expect(csv.suggestedFilename()).toMatch(/^cpu-by-state-all-cores-\d{4}-\d\d-\d\dT.*\.csv$/);
  const [head, ...rows] = (await readFile(await csv.path(), "utf8")).trimEnd().split("\r\n");
  expect(head).toMatch(/^\uFEFFtime,.*user \[%\]/);
  const column = head?.split(",").indexOf("user [%]") ?? -1;
  const last = Number(rows.at(-1)?.split(",")[column]);
  const legend = await chart(page)
    .getByRole("button", { name: /^user / })
    .textContent();
  expect(last).toBeCloseTo(Number(legend?.match(/[\d.]+/)?.[0]), 0);
  expect(rows.at(-1)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z,/);

  const png = await readFile(await (await saved("Save as PNG")).path());
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect(png.length).toBeGreaterThan(5000);
});

test("the values can be read as a table", async ({ page }) => {
  await openWithPoints(page);
  await choose(page, "Show as table");
  const dialog = page.getByRole("dialog", { name: CPU });
  await expect(dialog.getByText(/^One row for/)).toBeVisible();
  await expect(dialog.getByRole("columnheader", { name: "user", exact: true })).toBeVisible();
  await expect(dialog.getByRole("row").nth(1)).toContainText("%");
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
});

test("keys read, zoom, move and go back", async ({ page }) => {
  await openWithPoints(page);
  await plot(page).focus();
  const reading = chart(page).locator("[aria-live=polite]");
  await page.keyboard.press("ArrowLeft");
  await expect(reading).toHaveText(/\d\d:\d\d:\d\d: .*user .*%/);
  const before = await reading.textContent();
  await page.keyboard.press("Home");
  await expect(reading).not.toHaveText(before ?? "");
  await page.keyboard.press("Escape");
  await page.keyboard.press("+");
  await expect(page).toHaveURL(/from=\d+/);
  const from = () => Number(new URL(page.url()).searchParams.get("from"));
  const zoomed = from();
  await plot(page).press("Shift+ArrowLeft");
  await expect.poll(from).toBeLessThan(zoomed);
  await plot(page).press("Escape");
  await expect(page).not.toHaveURL(/from=/);
});

test("Shift and drag moves through time, and back undoes it", async ({ page, isMobile }) => {
  test.skip(isMobile, "a finger scrolls the page; moving by drag is for the mouse");
  await openWithPoints(page);
  const box = await plot(page).boundingBox();
  if (box === null) throw new Error("the chart has no size");
  const now = Date.now() / 1000;
  await page.keyboard.down("Shift");
  await page.mouse.move(box.x + box.width * 0.4, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 60, { steps: 6 });
  await page.mouse.up();
  await page.keyboard.up("Shift");
  await expect(page).toHaveURL(/to=\d+/);
  const { searchParams } = new URL(page.url());
  expect(Number(searchParams.get("to"))).toBeLessThan(now - 60);
  expect(Math.abs(Number(searchParams.get("to")) - Number(searchParams.get("from")) - 300)).toBeLessThanOrEqual(2);
  await page.goBack();
  await expect(page).not.toHaveURL(/from=/);
});

test("one control moves through time", async ({ page }) => {
  await openWithPoints(page);
  await page.getByRole("button", { name: "Zoom out" }).click();
  await expect(page).toHaveURL(/range=15m/);
  await page.getByRole("button", { name: "Back by half" }).click();
  await expect(page).toHaveURL(/from=\d+/);
  await page.getByRole("button", { name: "Forward by half" }).click();
  await expect(page).not.toHaveURL(/from=/);
  await expectNoSidewaysScroll(page);
});

test("another time zone and clock are this browser's, and the page says so", async ({ page }) => {
  test.slow();
  await openWithPoints(page);
  await page.getByRole("button", { name: /change time zone or clock/ }).click();
  const dialog = page.getByRole("dialog", { name: "Time zone and clock" });
  await dialog.getByRole("combobox", { name: "Time zone" }).fill("tokyo");
  await page.getByRole("option", { name: "Asia/Tokyo" }).click();
  await dialog.getByRole("radio", { name: "12 hours" }).click();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  const chosen = page.getByRole("button", { name: /Times in Asia\/Tokyo/ });
  await expect(chosen).toContainText("GMT+9");
  await expect(chart(page).getByRole("button", { name: /^user .*%/ })).toBeVisible();
  await plot(page).press("ArrowLeft");
  await expect(chart(page).locator("[aria-live=polite]")).toHaveText(/\d:\d\d:\d\d\s[AP]M: /i);
  await page.reload();
  await expect(chosen).toBeVisible();
  expect(page.url()).not.toContain("Tokyo");
});
