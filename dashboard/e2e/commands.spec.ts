import {
  type APIRequestContext,
  type Browser,
  type BrowserContext,
  type Page,
  request as requests,
} from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";
import { Machine, type Policy } from "./machines";
import { invite, logInAs, setPassword } from "./totp";

const PASSWORD = "battery-staple-9";
const HELLO = `#!/bin/sh
printf 'hello\\n\\033[2J\\033]0;owned\\007red?\\n'
echo 'a warning' >&2
exit 3
`;
const TICK = "#!/bin/sh\ni=0\nwhile true; do i=$((i+1)); echo tick $i; sleep 0.1; done\n";
const SCRIPTS = { hello: { text: HELLO }, tick: { text: TICK } };
const FREE: Policy = {
  actions: {
    "diagnostics.collect": {},
    script: { names: ["hello", "tick"] },
    "network.ping": { hosts: ["127.0.0.*"] },
  },
  signers: { hub: true },
};
const GUARDED: Policy = { actions: { "diagnostics.collect": {} }, signers: { hub: false, operators: [] } };
const SOMEBODY = { name: "somebody", key: Buffer.alloc(32, 7).toString("base64") };

let request: APIRequestContext;
let web: Machine;
let app: Machine;
let guarded: Machine;

test.describe.configure({ timeout: 180_000 });

test.beforeAll(async ({ session }, info) => {
  test.setTimeout(240_000);
  request = await requests.newContext({ baseURL: process.env.OPSENTRIX_E2E_URL ?? "", storageState: session });
  const start = (name: string, policy: Policy) =>
    Machine.start(request, `${name}-${info.project.name}`, policy, SCRIPTS);
  web = await start("web", FREE);
  app = await start("app", FREE);
  guarded = await start("guarded", { ...GUARDED, signers: { hub: false, operators: [SOMEBODY] } });
});

test.afterAll(async () => {
  for (const one of [web, app, guarded]) await one?.stop(request);
  await request.dispose();
});

async function openActions(page: Page, machine: Machine) {
  await page.goto(`/dashboard/agents/${machine.id}`);
  await page.getByRole("link", { name: "Actions" }).first().click();
  const actions = page.getByRole("region", { name: "Actions" });
  await expect(actions.getByText("Collect diagnostics", { exact: true })).toBeVisible();
  return actions;
}

const output = (page: Page, machine: Machine) => page.getByRole("region", { name: `Output of ${machine.name}` });

/** Somebody else, logged in with a browser of their own. */
async function somebody(browser: Browser, name: string, role: string): Promise<[BrowserContext, Page]> {
  const link = await invite(request, name, role);
  const context = await browser.newContext({
    baseURL: process.env.OPSENTRIX_E2E_URL ?? "",
    storageState: { cookies: [], origins: [] },
  });
  const page = await context.newPage();
  await setPassword(page, link, PASSWORD);
  await page.goto("/dashboard/login");
  await logInAs(page, name, PASSWORD);
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  return [context, page];
}

test("two presses run a script, and what it writes is text and nothing else", async ({ page }) => {
  const actions = await openActions(page, web);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await actions.getByRole("button", { name: "Run script hello" }).click();
  const dialog = page.getByRole("dialog", { name: "Run script hello?" });
  await expect(dialog.getByText(web.name, { exact: true })).toBeVisible();
  await expect(dialog.getByText("Disrupts")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: `Run script hello on ${web.name}` }).click();
  // It is seen where it was asked for.
  const seen = page.getByRole("dialog", { name: "Run script hello" });
  await expect(seen.getByText("exit code 3")).toBeVisible();
  await expect(output(page, web)).toContainText("\\x1b[2J\\x1b]0;owned\\x07red?");
  await expect(seen.getByRole("button", { name: "Cancel command" })).toHaveCount(0);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await seen.getByRole("link", { name: "Open its page" }).click();
  await expect(page).toHaveURL(/\/commands\/\d+/);
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByText("exit code 3")).toBeVisible();
  await expect(output(page, web)).toContainText("\\x1b[2J\\x1b]0;owned\\x07red?");
  await expect(output(page, web)).toContainText("a warning");
  await expect(page).toHaveTitle("Run script hello · Opsentrix");
  await page.getByRole("radio", { name: "Errors" }).click();
  await expect(output(page, web)).not.toContainText("hello");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toMatch(/^command-\d+-agent-\d+\.txt$/);

  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page.getByRole("dialog", { name: "Run script hello?" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("output comes live, following stops for who scrolls up, and a cancel ends it", async ({ page }) => {
  const actions = await openActions(page, web);
  await actions.getByRole("button", { name: "Run script tick" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Run script tick on/ })
    .click();
  const box = output(page, web);
  await expect(box).toContainText("tick 40");
  await box.evaluate((element) => {
    element.scrollTop = 0;
  });
  await page.getByRole("button", { name: "Follow the end" }).click();
  await expect(page.getByRole("button", { name: "Follow the end" })).toHaveCount(0);
  await page.getByRole("button", { name: "Cancel command" }).click();
  await expect(page.getByText("Cancelled").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel command" })).toHaveCount(0);
  await page.getByRole("button", { name: "Close", exact: true }).last().click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(actions).toBeVisible();
});

test("what a policy leaves open is written, and what it does not is said before", async ({ page }) => {
  const actions = await openActions(page, web);
  await actions.getByRole("button", { name: "Choose: Ping" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await expect(dialog.getByText("It is needed.")).toBeVisible();
  await dialog.getByLabel("Host").fill("example.org");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Continue" }).click();
  await expect(dialog.getByText("It would refuse.")).toBeVisible();
  await expect(dialog.getByRole("button", { name: /^Ping example.org on/ })).toBeDisabled();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Back" }).click();
  await dialog.getByLabel("Host").fill("127.0.0.1");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await expect(dialog.getByRole("button", { name: /^Ping 127.0.0.1 on/ })).toBeEnabled();
});

test("several machines are chosen in the list, and each is named before anything is sent", async ({ page }, info) => {
  await page.goto(`/dashboard/agents?type=e2e&q=-${info.project.name}`);
  await page.getByRole("button", { name: "Choose", exact: true }).click();
  const bar = page.getByRole("region", { name: "Selection" });
  await page.getByRole("checkbox", { name: `Choose ${web.name}` }).check();
  await expect(bar).toContainText("1 chosen");
  await bar.getByRole("button", { name: "None" }).click();
  await bar.getByRole("button", { name: "All 3 shown" }).click();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await bar.getByRole("button", { name: "Run action" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: /Run script/ })).toContainText("2 of 3");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: /Collect diagnostics/ }).click();
  await expect(dialog.getByRole("list", { name: "2 machines would run it now" })).toContainText(web.name);
  await expect(dialog.getByText("1 machine would refuse, and is left out")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Collect diagnostics on 2 machines" }).click();
  const machines = page.getByRole("region", { name: "Machines" });
  await expect(machines.getByRole("button", { name: "2 succeeded" })).toBeVisible();
  await machines.getByRole("button", { name: app.name }).click();
  await expect(page).toHaveURL(new RegExp(`agent=${app.id}`));
  await expect(output(page, app)).toContainText(/load|memory/i);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

test("more than ten machines are disrupted by nobody who did not write their number", async ({ page }, info) => {
  const many = Array.from({ length: 12 }, (_, at) => ({
    id: at + 1,
    name: `m${at + 1}`,
    environment: "",
    online: at > 0,
    refusal: "",
    batch: 0,
  }));
  await page.route("**/api/v1/commands/preview", (route) =>
    route.fulfill({
      json: {
        effect: "disrupts",
        proof: true,
        approval: "",
        would_run: many.slice(1),
        away: many.slice(0, 1),
        would_refuse: [],
      },
    }),
  );
  await page.goto(`/dashboard/agents?type=e2e&q=-${info.project.name}`);
  await page.getByRole("button", { name: "Choose", exact: true }).click();
  const bar = page.getByRole("region", { name: "Selection" });
  await bar.getByRole("button", { name: "All 3 shown" }).click();
  await bar.getByRole("button", { name: "Run action" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /Run script/ }).click();
  await dialog.getByRole("combobox", { name: "Name" }).click();
  await page.getByRole("option", { name: "hello" }).click();
  await dialog.getByRole("button", { name: "Continue" }).click();
  await expect(dialog.getByText("1 machine is away")).toBeVisible();
  const go = dialog.getByRole("button", { name: "Run script hello on 12 machines" });
  await expect(go).toBeDisabled();
  await dialog.getByLabel(/Write 12 to go on/).fill("11");
  await expect(go).toBeDisabled();
  await dialog.getByLabel(/Write 12 to go on/).fill("12");
  await expect(go).toBeEnabled();
  await expectAccessible(page);
});

test("where the owner demands it, a key of this browser signs", async ({ page }, info) => {
  const actions = await openActions(page, guarded);
  await actions.getByRole("button", { name: /Collect diagnostics/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("This needs a key of your own, and this browser has none")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("link", { name: "Your keys" }).click();
  await page.getByRole("button", { name: "Make a key" }).click();
  await dialog.getByLabel("Name").fill(`key-${info.project.name}`);
  await dialog.getByRole("button", { name: "Make the key" }).click();
  const key = (await dialog.getByRole("region", { name: "Public key" }).textContent()) ?? "";
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Done" }).click();
  const kept = page.getByRole("list", { name: "Keys for commands" }).getByRole("listitem");
  await expect(kept.filter({ hasText: `key-${info.project.name}` })).toContainText("In this browser");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await openActions(page, guarded);
  await actions.getByRole("button", { name: /Collect diagnostics/ }).click();
  await expect(dialog.getByText("does not trust the key")).toBeVisible();
  await expect(dialog.getByRole("region", { name: "Trust this key" })).toContainText(key);
  await guarded.allow({ ...GUARDED, signers: { hub: false, operators: [{ name: "me", key }] } });
  const go = dialog.getByRole("button", { name: /^Collect diagnostics on/ });
  // The agent looks every ten seconds whether its owner changed the policy.
  await expect(go).toBeEnabled({ timeout: 45_000 });
  await expect(dialog.getByText(`Signed in this browser with your key “key-${info.project.name}”.`)).toBeVisible();
  await go.click();
  await expect(page.getByText("Succeeded").first()).toBeVisible();

  await page.goto("/dashboard/account");
  const mine = kept.filter({ hasText: `key-${info.project.name}` });
  await mine.getByRole("button", { name: /^Remove/ }).click();
  await mine.getByRole("button", { name: "Remove for good" }).click();
  await expect(mine).toHaveCount(0);
});

test("a second person approves, and who only looks sees it all and changes nothing", async ({
  page,
  browser,
}, info) => {
  const [first, theirs] = await somebody(browser, `ops-${info.project.name}`, "operator");
  const actions = await openActions(page, app);
  await actions.getByRole("button", { name: "Run script hello" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Why/).fill("it hangs again");
  await dialog.getByText("How", { exact: true }).click();
  await dialog.getByRole("checkbox", { name: "A second person" }).check();
  await expect(dialog.getByText("A second person has to approve it before anything is sent.")).toBeVisible();
  await dialog.getByRole("button", { name: `Ask to run script hello on ${app.name}` }).click();
  await expect(page.getByRole("heading", { name: "Somebody else has to approve it" })).toBeVisible();
  await expectAccessible(page);

  // A page that is open already says so by itself.
  await theirs.getByRole("link", { name: /Response 1 awaiting your decision/ }).click();
  await expect(theirs.getByRole("heading", { name: "One command awaits your approval" })).toBeVisible();
  await expectAccessible(theirs);
  await theirs
    .getByRole("region", { name: /awaits your approval/ })
    .getByRole("link")
    .first()
    .click();
  await expect(theirs.getByRole("heading", { level: 1, name: `Run script hello on ${app.name}` })).toBeVisible();
  await expect(theirs.getByText("“it hangs again”")).toBeVisible();
  await expectAccessible(theirs);
  await theirs.getByRole("button", { name: `Approve: Run script hello on ${app.name}` }).click();
  await expect(theirs.getByText("exit code 3")).toBeVisible();
  // The page of who asked follows by itself.
  await expect(page.getByText("exit code 3")).toBeVisible();
  await expect(page.getByText(`approved by ops-${info.project.name}`)).toBeVisible();
  await first.close();

  const [second, looking] = await somebody(browser, `eyes-${info.project.name}`, "viewer");
  await looking.goto("/dashboard/commands");
  await expect(looking.getByText(/Giving commands needs the role/)).toBeVisible();
  await looking.getByRole("list", { name: "Commands" }).getByRole("link", { name: "Run script hello" }).first().click();
  await expect(looking.getByRole("button", { name: "Run again" })).toBeDisabled();
  await expect(output(looking, app)).toContainText("a warning");
  await looking.goto(`/dashboard/agents/${app.id}`);
  await expect(looking.getByRole("button", { name: "Run script hello" })).toBeDisabled();
  await expectAccessible(looking);
  await second.close();
});

test("the history is filtered by what is in the address", async ({ page }) => {
  const given = await request.post("/api/v1/commands", { data: { agents: [web.id], action: "diagnostics.collect" } });
  expect(given.status(), await given.text()).toBe(202);
  await page.goto(`/dashboard/commands?agent=${web.id}`);
  const list = page.getByRole("list", { name: "Commands" });
  await expect(list.getByRole("listitem").first()).toContainText(web.name);
  await page.getByRole("button", { name: "State" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Rejected" }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByText("No command matches these filters.")).toBeVisible();
  await expect(page).toHaveURL(/state=/);
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(list.getByRole("listitem").first()).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});
