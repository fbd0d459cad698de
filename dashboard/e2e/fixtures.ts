import AxeBuilder from "@axe-core/playwright";
import {
  type BrowserContext,
  test as base,
  expect,
  type Locator,
  type Page,
  request as requests,
} from "@playwright/test";

export const PASSWORD = process.env.OPSENTRIX_E2E_PASSWORD ?? "";

const OWN_AGENT = { timeout: 90_000 };
const BASE_URL = process.env.OPSENTRIX_E2E_URL ?? "";
/** The hub takes a login as proof of the person for ten minutes: what is left then is more than a file of journeys takes. */
const FRESH_MS = 4 * 60_000;

type State = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** Logs in through the page, as a person does. */
export async function logIn(page: Page, password = PASSWORD): Promise<void> {
  await page.getByLabel("Username").fill("admin");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Opens a page of the settings as a person does: from the header on a desk, from the bar's "More" on a phone. */
export async function openSettings(page: Page, label: string): Promise<void> {
  if ((page.viewportSize()?.width ?? 0) < 640) {
    await page.getByRole("navigation", { name: "Main" }).getByRole("button", { name: "More" }).click();
    await page.getByRole("dialog", { name: "More" }).getByRole("link", { name: "Settings" }).click();
  } else await page.getByRole("banner").getByRole("link", { name: "Settings" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();
  await page.getByRole("link", { name: label }).first().click();
}

/** Opens the page of the machine that the stack runs on. */
export async function openOwnAgent(page: Page): Promise<void> {
  await page.goto("/dashboard/agents?type=host");
  await page.getByRole("table", { name: "Agents" }).getByRole("link").first().click();
  await expect(page.getByRole("figure", { name: "CPU by state, all cores" })).toBeVisible();
}

/** Scrolls until a part is in view, also where what stood in for it makes room for it meanwhile. */
export async function bringIntoView(part: Locator): Promise<void> {
  await expect(async () => {
    await part.scrollIntoViewIfNeeded({ timeout: 1000 });
    await expect(part).toBeInViewport({ timeout: 500 });
  }).toPass();
}

/** No violation that axe can find, in the light and in the dark theme. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expect(page.locator("html")).toHaveAttribute("data-theme", colorScheme);
    // Between two pages there is none.
    await expect(page.locator("h1").first()).toBeAttached();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(" | ")}`,
      ),
    ).toEqual([]);
  }
}

/**
 * Nothing is wider than the screen, once the page has followed a new width of it.
 *
 * A phone zooms out until all of a page fits, and then calls that the width of its window: it is the screen's that counts.
 */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { width = 0 } = page.viewportSize() ?? {};
  const widest = () => page.evaluate(() => document.documentElement.scrollWidth);
  await expect.poll(widest, page.url()).toBeLessThanOrEqual(width);
}

interface Fixtures {
  /** Console errors that the test brings about on purpose. */
  expectedErrors: RegExp[];
  consoleGuard: undefined;
  freshLogin: undefined;
  /** Makes an alert rule and returns its number; it is gone after the test, however that ends. */
  alertRule: (name: string, expression: string) => Promise<number>;
}

interface WorkerFixtures {
  /** A browser state that is logged in, and that every test finds with a fresh login. */
  session: State;
  loggedInAt: { ms: number };
}

/** Another login than the one that the browser has, which goes on. */
async function freshCookies(): Promise<State["cookies"]> {
  const nobody = { cookies: [], origins: [] };
  const context = await requests.newContext({ baseURL: BASE_URL, storageState: nobody });
  const answer = await context.post("/api/v1/auth/login", { data: { username: "admin", password: PASSWORD } });
  expect(answer.status(), await answer.text()).toBe(200);
  const { cookies } = await context.storageState();
  await context.dispose();
  return cookies;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  expectedErrors: [[], { option: true }],
  loggedInAt: [({ browser: _ }, use) => use({ ms: Date.now() }), { scope: "worker" }],
  session: [
    async ({ browser }, use) => {
      const context = await browser.newContext({ baseURL: BASE_URL });
      const page = await context.newPage();
      await page.goto("/dashboard/login");
      await logIn(page);
      await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
      // The stack's own agent is there before any journey begins: many look at its page.
      await page.goto("/dashboard/agents");
      await expect(page.getByRole("table", { name: "Agents" }).getByRole("link").first()).toBeVisible(OWN_AGENT);
      await use(await context.storageState());
      await context.close();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  freshLogin: [
    async ({ session, loggedInAt }, use) => {
      if (Date.now() - loggedInAt.ms > FRESH_MS) {
        loggedInAt.ms = Date.now();
        session.cookies = await freshCookies();
      }
      await use(undefined);
    },
    { auto: true },
  ],
  storageState: ({ session, freshLogin: _ }, use) => use(session),
  consoleGuard: [
    async ({ page, expectedErrors }, use) => {
      const errors: string[] = [];
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      page.on("pageerror", (error) => errors.push(String(error.stack)));
      await use(undefined);
      expect(errors.filter((text) => !expectedErrors.some((expected) => expected.test(text)))).toEqual([]);
    },
    { auto: true },
  ],
  alertRule: async ({ request }, use) => {
    const made: number[] = [];
    await use(async (name, expression) => {
      const answer = await request.post("/api/v1/alert-rules", { data: { name, expression } });
      expect(answer.status(), await answer.text()).toBe(201);
      const { id } = await answer.json();
      made.push(id);
      return id;
    });
    for (const id of made) expect((await request.delete(`/api/v1/alert-rules/${id}`)).ok()).toBe(true);
  },
});

export { expect };
