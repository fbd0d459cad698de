import { type APIRequestContext, request as requests } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, PASSWORD, test } from "./fixtures";
import { Machine } from "./machines";
import { invite, logInAs, setPassword } from "./totp";

const WARM = '#!/bin/sh\necho "warming $1"\n';
const SCRIPTS = { warm: { text: WARM, parameters: { site: { type: "string", characters: "a-z" } } } };
const MEMORY = "system.memory.utilization{state=used}";

let request: APIRequestContext;
let machine: Machine;

test.describe.configure({ timeout: 180_000 });

// A login of its own, fresh enough for what is dangerous: a proof would renew the session that all journeys share.
let own: Awaited<ReturnType<APIRequestContext["storageState"]>> | undefined;
test.use({
  storageState: ({ session }, use) => use(own === undefined ? session : { ...session, cookies: own.cookies }),
});

test.beforeAll(async ({ session: _ }, info) => {
  test.setTimeout(240_000);
  // A login ends the session that it comes with.
  const nobody = { cookies: [], origins: [] };
  request = await requests.newContext({ baseURL: process.env.OPSENTRIX_E2E_URL ?? "", storageState: nobody });
  const person = { username: "admin", password: PASSWORD };
  expect((await request.post("/api/v1/auth/login", { data: person })).ok()).toBe(true);
  own = await request.storageState();
  const policy = { actions: { script: { names: ["warm"] } }, signers: { hub: true } };
  machine = await Machine.start(request, `cache-${info.project.name}`, policy, SCRIPTS);
});

test.afterAll(async () => {
  await machine?.stop(request);
  await request.dispose();
});

test("an admin writes a runbook in both forms, tries it, runs it and reads the verdict", async ({ page }, info) => {
  const name = `Warm the cache ${info.project.name}`;
  await page.goto("/dashboard/runbooks/new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("textbox", { name: "Machines" }).fill(`agent=${machine.name}`);
  await expect(page.getByText(`Covers: ${machine.name}.`)).toBeVisible();
  const step = page.getByRole("region", { name: "Step 1" });
  await step.getByLabel("Action", { exact: true }).fill("script");
  await page.keyboard.press("Escape");
  await expect(step.getByText("Allowed on the machine.")).toBeVisible();
  await step.getByLabel("Name", { exact: true }).fill("warm");
  await page.keyboard.press("Escape");
  await step.getByLabel("site (optional)").fill("berlin");
  await page.keyboard.press("Escape");
  const expected = page.getByRole("textbox", { name: "Expected after" });
  await expected.fill(`${MEMORY} <> 100%`);
  await expect(page.getByRole("button", { name: "Create runbook" })).toBeDisabled();
  await expected.fill(`${MEMORY} < 100% for 1s`);
  await expect(page.getByRole("button", { name: "Create runbook" })).toBeEnabled();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await page.getByRole("radio", { name: "YAML" }).click();
  const yaml = page.getByRole("textbox", { name: "YAML" });
  await expect(yaml).toHaveValue(new RegExp(`name: ${name}`));
  const text = await yaml.inputValue();
  await yaml.fill(text.replace("mode: suggest", "mode: sugest"));
  await expect(page.getByText(/^Line \d+, column \d+:/)).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await yaml.fill(`${text.trimEnd()}\nlimits: {cooldown: 0s}\n`);
  await page.getByRole("radio", { name: "Visual" }).click();
  await expect(page.getByLabel("Pause on a machine", { exact: true })).toHaveValue("0");
  await page.getByRole("button", { name: "Create runbook" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();

  await page.getByRole("button", { name: "Try it" }).click();
  const dry = page.getByRole("list", { name: "What would happen" });
  await expect(dry).toContainText(machine.name);
  await expect(dry).toContainText("Run script warm");
  await page.getByRole("button", { name: "Run now" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Do it all the same").check();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await dialog.getByRole("button", { name: "Run it" }).click();
  await expect(page).toHaveURL(/\/runbook-runs\/\d+/);
  await expect(page.getByRole("region", { name: "How it came out" })).toContainText("Fixed", { timeout: 60_000 });
  await expect(page.getByRole("list", { name: "Checks" })).toContainText(/1 of 1 series, newest sample/);
  await expect(page.getByRole("list", { name: "Steps" })).toContainText("Succeeded");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name }).click();
  await expect(page.getByRole("list", { name: "Runs" })).toContainText("Fixed");
  await page.getByLabel("An hour, on a machine", { exact: true }).fill("9");
  await page.getByRole("button", { name: "Save changes" }).click();
  const versions = page.getByRole("list", { name: "Versions" });
  await expect(versions).toContainText("per_hour: 9");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.goto(`/dashboard/runbooks?q=${encodeURIComponent(name)}`);
  await expectAccessible(page);
  const turn = page.getByRole("switch", { name });
  await turn.click();
  await expect(turn).not.toBeChecked();
  await page.getByRole("link", { name }).click();
  await page.getByRole("main").getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText(`${name} was deleted`)).toBeVisible();
});

test("a run that waits is approved on its incident in two taps", async ({ page, alertRule }, info) => {
  const alert = `Cache cold ${info.project.name}`;
  const name = `Warm again ${info.project.name}`;
  const yaml = `name: ${name}\nmode: approve\ntriggers:\n- alert: ${alert}\nsteps:\n- action: script\n  params: {name: warm}\n`;
  const made = await request.post("/api/v1/runbooks", { data: { yaml } });
  expect(made.status(), await made.text()).toBe(201);
  await alertRule(alert, `${MEMORY} > 0.1% on agent=${machine.name}`);
  await page.goto("/dashboard/incidents");
  await page.getByRole("link", { name: new RegExp(alert) }).click({ timeout: 60_000 });
  const waiting = page.getByRole("region", { name: `${name} on ${machine.name} waits` });
  await expect(waiting).toContainText("Run script warm");
  await expect(page.getByRole("link", { name: /Response \d+ awaiting your decision/ })).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await waiting.getByRole("button", { name: "Approve" }).click();
  await expect(waiting).toHaveCount(0);
  await expect(page.getByRole("list", { name: "Runs" })).toContainText("Done", { timeout: 60_000 });
  await page.getByRole("button", { name: "Run a runbook" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("region", { name: "For these alerts" })).toContainText(name);
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  await page.goto(`/dashboard/agents/${machine.id}`);
  const mark = page.getByRole("region", { name: "Marks" }).getByRole("link", { name: new RegExp(`^${name}: `) });
  await mark.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: new RegExp(name) })).toBeVisible();
  await request.delete(`/api/v1/runbooks/${(await made.json()).id}`);
});

test("a viewer reads runbooks, and is told what changing them needs", async ({ browser, page }, info) => {
  const name = `books-${info.project.name}`;
  const context = await browser.newContext({
    baseURL: process.env.OPSENTRIX_E2E_URL ?? "",
    viewport: page.viewportSize(),
    storageState: { cookies: [], origins: [] },
  });
  const theirs = await context.newPage();
  await setPassword(theirs, await invite(page.request, name), "a-long-password-to-read");
  await theirs.goto("/dashboard/login?redirect=%2Frunbooks%3Fview%3Dexamples");
  await logInAs(theirs, name, "a-long-password-to-read");
  await expect(theirs.getByRole("heading", { level: 2, name: "Ready to begin from" })).toBeVisible();
  await expect(theirs.getByRole("button", { name: "New runbook" })).toBeDisabled();
  await expectAccessible(theirs);
  await expectNoSidewaysScroll(theirs);
  await context.close();
});
