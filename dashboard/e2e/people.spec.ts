import { expect, expectAccessible, expectNoSidewaysScroll, logIn, openSettings, PASSWORD, test } from "./fixtures";
import { invite, logInAs, oneTimePassword, setPassword } from "./totp";

const NEW = "battery-staple-9";

test("an admin invites somebody, who joins and is locked out again", async ({ page, browser }, info) => {
  const name = `ann-${info.project.name}`;
  await page.goto("/dashboard/");
  await openSettings(page, "People and roles");
  await expect(page.getByRole("heading", { level: 1, name: "People" })).toBeVisible();
  await page.getByRole("button", { name: "Invite" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("User name").fill(name);
  await dialog.getByRole("radio", { name: /Operator/i }).check();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Make invitation" }).click();
  await expect(dialog.getByText("It is shown this once")).toBeVisible();
  const link = (await dialog.getByRole("region", { name: "Link" }).textContent()) ?? "";
  await dialog.getByRole("button", { name: "Done" }).click();
  const person = page.getByRole("list", { name: "People" }).getByRole("listitem").filter({ hasText: name });
  await expect(person).toContainText("Invited");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  const other = await browser.newContext({
    baseURL: new URL(page.url()).origin,
    storageState: { cookies: [], origins: [] },
  });
  const theirs = await other.newPage();
  await setPassword(theirs, link, NEW);
  await theirs.getByRole("link", { name: "Log in" }).click();
  await logInAs(theirs, name, NEW);
  await expect(theirs.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();

  await page.reload();
  await person.getByRole("button", { name: `Change ${name}` }).click();
  await page.getByRole("menuitem", { name: "Role and agents" }).click();
  await dialog.getByRole("radio", { name: /Viewer/i }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(person).toContainText("viewer", { ignoreCase: true });
  await person.getByRole("button", { name: `Change ${name}` }).click();
  await page.getByRole("menuitem", { name: "Disable" }).click();
  await dialog.getByRole("button", { name: "Disable" }).click();
  await expect(person).toContainText("Disabled");
  // The page that they have open notices by itself.
  await expect(theirs.getByRole("heading", { name: "Log in to Opsentrix" })).toBeVisible();
  await other.close();
  await person.getByRole("button", { name: `Change ${name}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(person).toHaveCount(0);
});

test.describe("a link that was used", () => {
  test.use({ expectedErrors: [/404/] });

  test("says so", async ({ page }) => {
    await page.goto("/dashboard/welcome#used");
    await expect(page.getByRole("heading", { name: "This link does not work" })).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  });
});

test.describe("with a second factor", () => {
  test.use({ storageState: { cookies: [], origins: [] }, expectedErrors: [/40[13]|422/] });

  test("somebody sets it up, logs in with it, and with a recovery code", async ({ page, session, browser }, info) => {
    const name = `bob-${info.project.name}`;
    const origin = process.env.OPSENTRIX_E2E_URL ?? "";
    const admin = await browser.newContext({ baseURL: origin, storageState: session });
    await setPassword(page, await invite(admin.request, name), NEW);
    await admin.close();
    await expectAccessible(page);
    await page.goto("/dashboard/login?redirect=%2Faccount");
    await logInAs(page, name, NEW);
    await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);

    await page.getByRole("button", { name: "Set up" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("img", { name: /QR code/ })).toBeVisible();
    await dialog.getByText("It cannot scan").click();
    const secret = (await dialog.getByRole("region", { name: "Secret" }).textContent()) ?? "";
    await expectAccessible(page);
    await dialog.getByLabel("Code from your").fill(oneTimePassword(secret));
    await dialog.getByRole("button", { name: "Turn on" }).click();
    const codes = await dialog.getByRole("region", { name: "Recovery codes" }).textContent();
    await dialog.getByRole("button", { name: "I have kept them" }).click();
    await expect(page.getByText("10 recovery codes left")).toBeVisible();

    await page.getByRole("button", { name: `Account of ${name}` }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await logInAs(page, name, NEW);
    await expect(page.getByRole("heading", { name: "One more step" })).toBeVisible();
    await expectAccessible(page);
    await page.getByLabel("Code from your").fill(oneTimePassword(secret, 1));
    await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();

    await page.getByRole("button", { name: `Account of ${name}` }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await logInAs(page, name, NEW);
    await page.getByRole("button", { name: "Use a recovery code" }).click();
    await page.getByLabel("Recovery code").fill((codes ?? "").split("\n")[0] ?? "");
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
    await page.getByRole("button", { name: `Account of ${name}` }).click();
    await page.getByRole("menuitem", { name: "Your account" }).click();
    await expect(page.getByText("9 recovery codes left")).toBeVisible();
    await page.getByRole("button", { name: "Turn off" }).click();
    await dialog.getByRole("button", { name: "Turn off" }).click();
    await expect(page.getByRole("button", { name: "Set up" })).toBeVisible();
  });
});

test.describe("when the last proof is old", () => {
  // A proof gives the session a new token, which the other tests would not have.
  test.use({ storageState: { cookies: [], origins: [] }, expectedErrors: [/403|422/] });

  test("a dangerous act asks for the password and goes on by itself", async ({ page }) => {
    // The hub would ask after ten minutes; here the first answer stands for one that came so late.
    let old = true;
    await page.route("**/api/v1/users", async (route) => {
      if (route.request().method() !== "POST" || !old) return route.fallback();
      old = false;
      await route.fulfill({
        status: 403,
        contentType: "application/problem+json",
        body: JSON.stringify({
          type: "urn:opsentrix:problem:confirmation-needed",
          title: "Confirmation needed",
          status: 403,
        }),
      });
    });
    await page.goto("/dashboard/login?redirect=%2Fsettings%2Fpeople");
    await logIn(page);
    await page.getByRole("button", { name: "Invite" }).click();
    await page.getByLabel("User name").fill(`eve-${Date.now()}`);
    await page.getByRole("button", { name: "Make invitation" }).click();
    const proof = page.getByRole("dialog", { name: "Is it you?" });
    await expect(proof).toBeVisible();
    await expectAccessible(page);
    await proof.getByLabel("Your password").fill("wrong-password");
    await proof.getByRole("button", { name: "Confirm" }).click();
    await expect(proof.getByText("It is wrong.")).toBeVisible();
    await proof.getByLabel("Your password").fill(PASSWORD);
    await proof.getByRole("button", { name: "Confirm" }).click();
    await expect(page.getByText("It is shown this once")).toBeVisible();
  });
});

test.describe("sessions", () => {
  test.use({ storageState: { cookies: [], origins: [] }, expectedErrors: [/401/] });

  test("one ends from another, and its page notices", async ({ page, session, browser }, info) => {
    const name = `kim-${info.project.name}`;
    const origin = process.env.OPSENTRIX_E2E_URL ?? "";
    const admin = await browser.newContext({ baseURL: origin, storageState: session });
    await setPassword(page, await invite(admin.request, name), NEW);
    await admin.close();
    await page.goto("/dashboard/login");
    await logInAs(page, name, NEW);
    await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
    const other = await browser.newContext({ baseURL: origin, storageState: { cookies: [], origins: [] } });
    const theirs = await other.newPage();
    await theirs.goto("/dashboard/login?redirect=%2Faccount");
    await logInAs(theirs, name, NEW);
    const sessions = theirs.getByRole("list", { name: "Sessions" });
    await expect(sessions.getByRole("listitem")).toHaveCount(2);
    await theirs.getByRole("button", { name: "End all others" }).click();
    await expect(sessions.getByRole("listitem")).toHaveCount(1);
    await expect(page.getByRole("heading", { name: "Log in to Opsentrix" })).toBeVisible();
    await theirs.getByRole("button", { name: "Change password" }).click();
    const dialog = theirs.getByRole("dialog");
    await dialog.getByLabel("Current password").fill(NEW);
    await dialog.getByLabel("New password", { exact: true }).fill("another-staple-7");
    await dialog.getByLabel("New password again").fill("another-staple-7");
    await dialog.getByRole("button", { name: "Change password" }).click();
    await expect(theirs.getByText("It is changed.")).toBeVisible();
    await other.close();
  });
});
