import { expect, expectAccessible, expectNoSidewaysScroll, logIn, PASSWORD, test } from "./fixtures";

test.use({ storageState: { cookies: [], origins: [] } });

test.describe("a wrong password", () => {
  test.use({ expectedErrors: [/401/] });

  test("is refused with the hub's words, and the right one still works", async ({ page }) => {
    await page.goto("/dashboard/login");
    await logIn(page, `${PASSWORD}-wrong`);
    await expect(page.getByRole("alert")).toContainText(/\w+/);
    await logIn(page);
    await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  });
});

test("a person who follows a link gets there after the login", async ({ page }) => {
  await page.goto("/dashboard/agents/1?range=1h");
  await expect(page).toHaveURL(/\/dashboard\/login/);
  await logIn(page);
  await expect(page).toHaveURL(/\/dashboard\/agents\/1\?range=1h/);
});

test("logging out ends the session", async ({ page }) => {
  await page.goto("/dashboard/");
  await logIn(page);
  await page.getByRole("button", { name: "Account of admin" }).click();
  await page.getByRole("menuitem", { name: "Log out" }).click();
  await expect(page.getByRole("heading", { name: "Log in to Opsentrix" })).toBeVisible();
  expect((await page.request.get("/api/v1/auth/me")).status()).toBe(401);
});

test("the login page is accessible in both themes", async ({ page }) => {
  await page.goto("/dashboard/login");
  await expect(page.getByLabel("Username")).toBeFocused();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});
