// Audits pages of a hub that runs, logged in: `node run.ts TASK`, where TASK is JSON. Prints a line of JSON for each visit.
import lighthouse from "lighthouse";
import desktopConfig from "lighthouse/core/config/desktop-config.js";
import { launch } from "puppeteer-core";

interface Task {
  url: string;
  user: string;
  password: string;
  /** By the names of the pages: their paths, and their headings, by which somebody knows that they are there. */
  pages: Record<string, { path: string; heading: string }>;
  chromium: string;
  arguments: string[];
  visits: number;
}

/** A busy machine makes Lighthouse lose a recording now and then; such a visit has no scores, and is made anew. */
const ATTEMPTS = 3;
/** Speed differs from visit to visit, and has visits of its own: what else is asked for slows the page down. */
const SPEED = ["performance"];
const ELSE = ["accessibility", "best-practices"];
/** Moto G Power on slow 4G, and a desk; both are simulated, so that the machine's own load counts for less. */
const PRESETS = { desktop: desktopConfig, mobile: undefined };

const task: Task = JSON.parse(process.argv[2] ?? "");
const browser = await launch({ executablePath: task.chromium, args: task.arguments });
try {
  await logIn();
  for (const [preset, config] of Object.entries(PRESETS)) {
    for (const [name, { path, heading }] of Object.entries(task.pages)) {
      for (const categories of [...Array<string[]>(task.visits).fill(SPEED), ELSE]) {
        const found = await audit(`${task.url}${path}`, heading, categories, config);
        console.log(JSON.stringify({ preset, page: name, ...found }));
      }
    }
  }
} finally {
  await browser.close();
}

/** Logs in by the page, as a person does: the cookie alone would not do, for a page without its own mark of a login asks for one. */
async function logIn() {
  const page = await browser.newPage();
  await page.goto(`${task.url}/dashboard/login`);
  await page.locator("input[autocomplete=username]").fill(task.user);
  await page.locator("input[type=password]").fill(task.password);
  await page.locator("button[type=submit]").click();
  await page.waitForFunction('!location.pathname.endsWith("/login")');
  await page.close();
}

/**
 * Loads a page with nothing but the login and says what Lighthouse makes of it: scores of 0 to 100, and what took some.
 * Fails where the page that was loaded is another one, such as that of the login.
 */
async function audit(
  url: string,
  heading: string,
  onlyCategories: string[],
  config: typeof desktopConfig | undefined,
  attempt = 1,
) {
  const page = await browser.newPage();
  try {
    // The storage holds the login; the cache is emptied nevertheless.
    const run = await lighthouse(url, { onlyCategories, disableStorageReset: true }, config, page);
    if (run === undefined || run.lhr.runtimeError !== undefined) {
      if (attempt < ATTEMPTS) return await audit(url, heading, onlyCategories, config, attempt + 1);
      throw new Error(`${url} could not be audited: ${run?.lhr.runtimeError?.message}`);
    }
    const shown = await page.$$eval("main h1", (found) => found.map((one) => one.textContent));
    if (page.url() !== url || !shown.includes(heading)) {
      throw new Error(`${url} was to be audited, and what was loaded is ${page.url()} with the heading "${shown}"`);
    }
    const { categories, audits } = run.lhr;
    const scores = Object.entries(categories).map(([id, { score }]) => [id, Math.round(100 * (score ?? 0))]);
    const short = Object.entries(categories).map(([category, { auditRefs }]) => [
      category,
      auditRefs
        .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 0.9)
        .map(({ id }) => `${id} ${audits[id]?.displayValue ?? ""}`.trim()),
    ]);
    return { scores: Object.fromEntries(scores), short: Object.fromEntries(short) };
  } finally {
    await page.close();
  }
}
