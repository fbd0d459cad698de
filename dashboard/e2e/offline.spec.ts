import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

test.use({
  serviceWorkers: "allow",
  // The browser's own words about requests that found no network.
  expectedErrors: [/Failed to load resource|ERR_INTERNET_DISCONNECTED|WebSocket connection/],
});

test("the dashboard can be installed", async ({ page, context }) => {
  await page.goto("/dashboard/");
  await page.evaluate(() => navigator.serviceWorker.ready);
  const session = await context.newCDPSession(page);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // Tests run in windows that keep nothing, and nothing can be installed from those.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito")).toEqual([]);
  const { url, errors } = await session.send("Page.getAppManifest");
  expect(url).toContain("/dashboard/manifest.json");
  expect(errors).toEqual([]);
});

test("a page that cannot be fetched says so, and comes by itself once it can", async ({ page, context }) => {
  await page.goto("/dashboard/agents");
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active?.state !== "activated") await new Promise((done) => active?.addEventListener("statechange", done));
  });
  await context.setOffline(true);
  await page.goto("/dashboard/agents").catch(() => undefined);
  await expect(page.getByRole("heading", { name: "The hub cannot be reached" })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await context.setOffline(false);
  await expect(page.getByRole("heading", { level: 1, name: "Agents" })).toBeVisible();
});

test("what the browser paints around the page has the colour of its header", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/dashboard/");
  const around = page.locator("meta[name=theme-color]");
  await expect(around).toHaveAttribute("content", "#ffffff");
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(around).toHaveAttribute("content", "#11151a");
  await expectAccessible(page);
});

test("a theme that the system changes while the page comes is followed", async ({ page }) => {
  const html = page.locator("html");
  let letCome = () => {};
  const may = new Promise<void>((resolve) => {
    letCome = resolve;
  });
  await page.route("**/assets/app-*.js", async (route) => {
    await may;
    await route.continue();
  });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/dashboard/", { waitUntil: "commit" });
  await expect(html).toHaveAttribute("data-theme", "dark");
  await page.emulateMedia({ colorScheme: "light" });
  letCome();
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await expect(html).toHaveAttribute("data-theme", "light");
});
