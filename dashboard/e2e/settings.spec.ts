import { expect, expectAccessible, expectNoSidewaysScroll, openSettings, test } from "./fixtures";
import { invite, logInAs, setPassword } from "./totp";

const PAGES = [
  ["identity-provider", "Identity provider"],
  ["on-call", "On call"],
  ["enrollment", "Enrollment"],
  ["storage", "Retention and storage"],
  ["backup", "Backup"],
  ["about", "Opsentrix"],
] as const;

test("every page of the settings has its place, and is accessible", async ({ page }) => {
  test.slow();
  await page.goto("/dashboard/settings");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  for (const [path, heading] of PAGES) {
    await page.goto(`/dashboard/settings/${path}`);
    await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  }
});

test("a token for many servers is made, listed with who came by it, and revoked", async ({ page }, info) => {
  const environment = `fleet-${info.project.name}`;
  await page.goto("/dashboard/");
  await openSettings(page, "Enrollment");
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "Many" }).click();
  await dialog.getByLabel("At most").fill("25");
  await dialog.getByRole("radio", { name: "A day" }).click();
  await dialog.getByLabel("Environment").fill(environment);
  await dialog.getByLabel("Only of type").fill("script");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Make token" }).click();
  const token = await dialog.getByRole("region", { name: "Enrollment token" }).textContent();
  await dialog.getByRole("button", { name: "Done" }).click();
  const item = page.getByRole("listitem").filter({ hasText: environment });
  await expect(item).toContainText(`Up to 25 servers of type script, in ${environment}`);
  await expect(item).toContainText("0 of 25 used");

  const registered = await page.request.post("/api/v1/agents/register", {
    headers: { Authorization: `Bearer ${token?.trim()}` },
    data: { name: `one-${info.project.name}`, type: "script", host: "localhost" },
  });
  expect(registered.status()).toBe(201);
  await page.reload();
  await expect(item).toContainText("1 of 25 used");
  await expect(item.getByRole("link", { name: `one-${info.project.name}` })).toBeVisible();
  await item.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke token" }).click();
  await expect(item).toHaveCount(0);
  await page.getByRole("radio", { name: "All" }).click();
  await expect(item).toContainText("revoked");
  await page.request.delete(`/api/v1/agents/${(await registered.json()).id}`);
});

test("history of some agents is kept for longer, and as all others again", async ({ page }, info) => {
  const tag = `kept-${info.project.name}`;
  await page.goto("/dashboard/settings/storage");
  await expect(page.getByRole("row", { name: /Every second/ })).toContainText(/\d+ days.*(B|KiB|MiB)/);
  await page.getByRole("button", { name: "Add rule" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "Tag" }).click();
  await dialog.getByLabel("Agents with the tag").fill(tag);
  await dialog.getByLabel("Every second").fill("90");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  const rule = page.getByRole("list", { name: "Retention rules" }).getByRole("listitem").filter({ hasText: tag });
  await expect(rule).toContainText("every second for 90 days");
  await rule.getByRole("button", { name: "Edit" }).click();
  await dialog.getByLabel("Minutes").fill("700");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(rule).toContainText("every second for 90 days, minutes for 700 days");
  await rule.getByRole("button", { name: "Remove" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(rule).toHaveCount(0);
});

test("who may not see something is told which role it needs", async ({ page, request, browser }, info) => {
  const viewer = `vic-${info.project.name}`;
  const link = await invite(request, viewer);
  const other = await browser.newContext({
    baseURL: process.env.OPSENTRIX_E2E_URL ?? "",
    storageState: { cookies: [], origins: [] },
    viewport: page.viewportSize(),
  });
  const theirs = await other.newPage();
  await setPassword(theirs, link, "battery-staple-9");
  await theirs.goto("/dashboard/login");
  await logInAs(theirs, viewer, "battery-staple-9");
  await expect(theirs.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  for (const [path, note] of [
    ["identity-provider", /needs the role admin/],
    ["enrollment", /needs the role operator or admin/],
    ["backup", /needs the role admin of all agents/],
    ["audit", /needs the role admin of all agents/],
    ["people", /needs the role admin/],
  ] as const) {
    await theirs.goto(`/dashboard/settings/${path}`);
    await expect(theirs.getByText(note)).toBeVisible();
  }
  await other.close();
});
