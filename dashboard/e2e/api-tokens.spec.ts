import { expect, expectAccessible, expectNoSidewaysScroll, openSettings, test } from "./fixtures";

const API = "/api/v1/api-tokens";

test("a token is made, shown once, used, and worth nothing once it is revoked", async ({
  page,
  playwright,
  baseURL,
}) => {
  await page.goto("/dashboard/");
  await openSettings(page, "API tokens");
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("journey");
  await dialog.getByRole("radio", { name: "Choose" }).click();
  await expect(dialog.getByRole("checkbox", { name: /Read metrics/ })).toBeChecked();
  await expectAccessible(page);
  await dialog.getByRole("radio", { name: "Read only" }).click();
  await dialog.getByRole("radio", { name: "30 days" }).click();
  await dialog.getByRole("button", { name: "Make token" }).click();
  await expect(page.getByRole("heading", { name: "Copy your token now" })).toBeVisible();
  await expectAccessible(page);
  const token = (await dialog.getByRole("region", { name: "API token" }).textContent()) ?? "";
  expect(token).toMatch(/^opx_[A-Za-z0-9_-]{48}$/);
  await dialog.getByRole("button", { name: "Done" }).click();
  const item = page.getByRole("listitem").filter({ hasText: "journey" });
  await expect(item).toContainText("Read everything");
  await expect(item).toContainText("in 30 days");
  await expect(page.getByText(token)).toHaveCount(0);

  const script = await playwright.request.newContext({
    baseURL: baseURL ?? "",
    extraHTTPHeaders: { Authorization: `Bearer ${token}` },
  });
  expect((await script.get("/api/v1/agents")).status()).toBe(200);
  expect((await script.post("/api/v1/enrollment-tokens", { data: {} })).status()).toBe(403);

  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await item.getByRole("button", { name: "Revoke journey" }).click();
  await page.getByRole("button", { name: "Revoke token" }).click();
  // While the dialog is open nothing behind it has a role.
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(item).toHaveCount(0);
  expect((await script.get("/api/v1/agents")).status()).toBe(401);
  await script.dispose();
});

test("an admin sees the tokens of everybody", async ({ page }) => {
  const made = await page.request.post(API, { data: { name: "of-admin" } });
  expect(made.status()).toBe(201);
  await page.goto("/dashboard/account/api-tokens");
  await page.getByRole("radio", { name: "Everybody’s" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "of-admin" })).toContainText("of admin");
  const { api_token } = (await made.json()) as { api_token: { id: number } };
  expect((await page.request.delete(`${API}/${api_token.id}`)).status()).toBe(204);
});
