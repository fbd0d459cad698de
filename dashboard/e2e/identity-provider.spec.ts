import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";
import { NAME } from "./provider";
import { invite, logInAs, setPassword } from "./totp";

const PASSWORD = "battery-staple-9";

test.use({ storageState: { cookies: [], origins: [] } });
test.skip(process.env.OPSENTRIX_E2E_PROVIDER === undefined, "platform: the hub that is tested has no such provider");

test.beforeEach(async ({ context }) => {
  // The provider's pages want a font of another site and have no icon; tests need no network.
  await context.route("https://fonts.googleapis.com/**", (route) =>
    route.fulfill({ contentType: "text/css", body: "" }),
  );
  await context.route("http://localhost:*/favicon.ico", (route) => route.fulfill({ status: 204 }));
});

/** Logs in on the provider's own pages, and agrees that the hub learns who it is. */
async function logInThere(page: Page, login: string): Promise<void> {
  await page.waitForURL(/localhost.*\/interaction\//);
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}

async function openAccount(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: `Account of ${name}` }).click();
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
}

test("somebody logs in, is who the provider says, stays logged in, and logs out of both", async ({ page }, info) => {
  const name = `anna-${info.project.name}`;
  await page.goto("/dashboard/settings/people");
  const link = page.getByRole("link", { name: `Log in with ${NAME}` });
  await expect(link).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await link.click();
  await logInThere(page, name);
  // Back on the page that was asked for, which is for admins only.
  await expect(page.getByRole("heading", { level: 1, name: "People" })).toBeVisible();
  await expect(page).toHaveURL(/\/dashboard\/settings\/people$/);
  await expect(page.getByRole("list", { name: "People" }).filter({ hasText: name })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "People" })).toBeVisible();
  const cookies = await page.context().cookies();
  const session = cookies.find((cookie) => cookie.name === "opsentrix_session");
  expect([session?.sameSite, session?.httpOnly]).toEqual(["Strict", true]);
  expect(cookies.map((cookie) => cookie.name)).not.toContain("opsentrix_oidc");

  await openAccount(page, name);
  const linked = page.getByRole("list", { name: "Linked identities" });
  await expect(linked).toContainText(name);
  await expect(linked).toContainText("decides on your role");
  await expect(page.getByRole("button", { name: "Change password" })).toHaveCount(0);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await page.getByRole("button", { name: `Account of ${name}` }).click();
  await page.getByRole("menuitem", { name: "Log out" }).click();
  await expect(page.getByText(`At ${NAME} you are still logged in`)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Log out there too" }).click();
  await page.getByRole("button", { name: "Yes, sign me out" }).click();
  await expect(page).toHaveURL(/\/dashboard\/login/);
  await page.getByRole("link", { name: `Log in with ${NAME}` }).click();
  await expect(page.locator("input[name=login]")).toBeVisible();
});

test.describe("a login that leads nowhere", () => {
  test.use({ expectedErrors: [/40[13]/] });

  test("says why: the provider gives no role, or was asked by another browser", async ({ page }, info) => {
    await page.goto("/dashboard/login");
    await page.getByRole("link", { name: `Log in with ${NAME}` }).click();
    await logInThere(page, `guest-${info.project.name}`);
    await expect(page.getByRole("alert")).toContainText("You have no access to this hub");
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await page.goto("/api/v1/auth/oidc/callback?code=stolen&state=guessed");
    await expect(page.getByRole("alert")).toContainText("begun in another browser");
    expect((await page.request.get("/api/v1/auth/me")).status()).toBe(401);
  });
});

test.describe("when the last proof is old", () => {
  test.use({ expectedErrors: [/403/] });

  test("the provider gives a new one in a tab of its own", async ({ page }, info) => {
    const name = `anna-${info.project.name}`;
    await page.goto("/dashboard/login");
    await page.getByRole("link", { name: `Log in with ${NAME}` }).click();
    await logInThere(page, name);
    await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
    // As the hub answers once ten minutes are over; asked again, it sees the proof that was given meanwhile.
    let asked = 0;
    await page.route("**/api/v1/users", async (route) => {
      if (route.request().method() !== "POST" || asked++ > 0) return route.continue();
      const type = "urn:opsentrix:problem:confirmation-needed";
      const problem = { type, title: "Confirmation needed", status: 403, detail: "Confirm that it is you." };
      return route.fulfill({ status: 403, contentType: "application/problem+json", json: problem });
    });
    await page.goto("/dashboard/settings/people");
    await page.getByRole("button", { name: "Invite" }).click();
    await page.getByLabel("User name").fill(`cid-${info.project.name}`);
    await page.getByRole("button", { name: "Make invitation" }).click();
    const dialog = page.getByRole("dialog", { name: "Is it you?" });
    await expect(dialog.getByRole("link", { name: `Confirm with ${NAME}` })).toBeVisible();
    await expectAccessible(page);
    const openTab = async () => {
      const opened = page.context().waitForEvent("page");
      await dialog.getByRole("link", { name: `Confirm with ${NAME}` }).click();
      return opened;
    };
    const stranger = await openTab();
    await logInThere(stranger, `eve-${info.project.name}`);
    await expect(dialog.getByRole("alert")).toContainText("Somebody else logged in");
    await expect(stranger.getByRole("heading", { name: "Not confirmed" })).toBeVisible();
    await expectAccessible(stranger);
    const tab = await openTab();
    await logInThere(tab, name);
    await expect(page.getByText("It is shown this once")).toBeVisible();
    await expect(dialog).toHaveCount(0);
    expect(asked).toBe(2);
  });
});

test("somebody with a password links the account and comes by the provider then", async ({
  page,
  session,
  browser,
}, info) => {
  const name = `bea-${info.project.name}`;
  const origin = process.env.OPSENTRIX_E2E_URL ?? "";
  const admin = await browser.newContext({ baseURL: origin, storageState: session });
  await setPassword(page, await invite(admin.request, name), PASSWORD);
  await admin.close();
  await page.goto("/dashboard/login?redirect=%2Faccount");
  await logInAs(page, name, PASSWORD);
  await page.getByRole("button", { name: "Link" }).click();
  await logInThere(page, `other-${name}`);
  await expect(page.getByRole("list", { name: "Linked identities" })).toContainText(`other-${name}`);
  await expect(page.getByRole("button", { name: "Change password" })).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.getByRole("button", { name: `Account of ${name}` }).click();
  await page.getByRole("menuitem", { name: "Log out" }).click();
  await page.getByRole("link", { name: `Log in with ${NAME}` }).click();
  await expect(page.getByRole("button", { name: `Account of ${name}` })).toBeVisible();
});
