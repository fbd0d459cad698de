import { bringIntoView, expect, expectAccessible, expectNoSidewaysScroll, openOwnAgent, test } from "./fixtures";

test("the charts get a new point each second", async ({ page }) => {
  await openOwnAgent(page);
  await expect(page.getByText(/seen (just now|\d s ago)/)).toBeVisible();
  const chart = page.getByRole("figure", { name: "CPU by state, all cores" });
  const user = chart.getByRole("button", { name: /^user/ });
  const text = await user.textContent();
  await expect(user).not.toHaveText(text ?? "");
  const picture = () => chart.locator("canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const before = await picture();
  await expect.poll(picture).not.toBe(before);
  await expect(page.getByText(/seen (just now|\d s ago)/)).toBeVisible();
});

test("everything that the agent measures has its place", async ({ page }) => {
  await openOwnAgent(page);
  for (const name of ["Utilisation by core", "Load average", "Memory", "Disk throughput (read up, write down)"]) {
    await expect(page.getByRole("figure", { name, exact: true })).toBeAttached();
  }
  await expect(page.getByRole("heading", { name: "Filesystems" })).toBeAttached();
  await expect(page.getByRole("region", { name: "Top processes" }).getByRole("row").nth(1)).toBeAttached();
  await expectNoSidewaysScroll(page);
});

test("charts that nobody sees are not drawn until somebody does", async ({ page }) => {
  await openOwnAgent(page);
  const last = page.getByRole("region", { name: "Agent", exact: true }).getByRole("figure").last();
  await expect(last.getByRole("button").first()).toBeAttached();
  await expect(last.locator("canvas")).toHaveCount(0);
  await bringIntoView(last);
  await expect(last.locator("canvas")).toHaveCount(1);
  await expect(page.locator("figure[aria-busy=true]")).toHaveCount(0);
});

test("the time range is the URL's: presets, pause, and back to live", async ({ page }) => {
  await openOwnAgent(page);
  await page.getByRole("radio", { name: "1h" }).click();
  await expect(page).toHaveURL(/range=1h/);
  await page.getByRole("button", { name: "Live: pause" }).click();
  await expect(page).toHaveURL(/from=\d+&to=\d+|to=\d+.*from=\d+/);
  await page.getByRole("button", { name: "Paused: go live" }).click();
  await expect(page).not.toHaveURL(/from=/);
});

test("drag zooms, back undoes it, a double click resets", async ({ page, isMobile }) => {
  test.skip(isMobile, "a finger scrolls the page; zooming by drag is for the mouse");
  await openOwnAgent(page);
  const chart = page.getByRole("figure", { name: "CPU by state, all cores" });
  // The plot within is made anew when the first samples name more series.
  await expect(chart.getByRole("button", { name: /^user .*%/ })).toBeVisible();
  const plot = chart.locator(".u-over");
  const box = await plot.boundingBox();
  if (box === null) throw new Error("the chart has no size");
  const drag = async () => {
    await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 40, { steps: 5 });
    await page.mouse.up();
  };
  await drag();
  await expect(page).toHaveURL(/from=\d+/);
  await page.goBack();
  await expect(page).not.toHaveURL(/from=/);
  await drag();
  await expect(page).toHaveURL(/from=\d+/);
  await plot.dblclick({ position: { x: 50, y: 40 } });
  await expect(page).not.toHaveURL(/from=/);
});

test("samples that come late push nothing away", async ({ page }) => {
  await openOwnAgent(page);
  await page.addInitScript(() => {
    const moved: number[] = [];
    Object.assign(window, { moved });
    new PerformanceObserver((list) => {
      moved.push(...list.getEntries().map((entry) => (entry as unknown as { value: number }).value));
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.route(/\/api\/v1\/series\?/, async (route) => {
    await new Promise((done) => setTimeout(done, 1000));
    await route.continue();
  });
  await page.reload();
  await expect(page.getByTestId("now-CPU")).toHaveText(/%/);
  await expect(page.getByRole("figure", { name: "CPU by state, all cores" })).toBeVisible();
  const moved = await page.evaluate(() => (window as unknown as { moved: number[] }).moved);
  expect(moved.reduce((sum, one) => sum + one, 0)).toBeLessThan(0.1);
});

test("a name can be changed, and changed back", async ({ page }) => {
  await openOwnAgent(page);
  const heading = page.getByRole("heading", { level: 1 });
  const old = (await heading.textContent()) ?? "";
  for (const name of [`${old}-renamed`, old]) {
    await page.getByRole("button", { name: "Change or delete this agent" }).click();
    await page.getByRole("menuitem", { name: "Edit name, environment, tags" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill(name);
    await page.getByRole("button", { name: "Save" }).click();
    await expect(heading).toHaveText(name);
  }
});

test("sealed messages alone can be required, after a word on what that does", async ({ page }) => {
  await openOwnAgent(page);
  await page.getByRole("button", { name: "Change or delete this agent" }).click();
  await page.getByRole("menuitem", { name: "Take sealed messages only" }).click();
  const dialog = page.getByRole("dialog", { name: /Take only sealed messages of/ });
  await expect(dialog).toContainText("It does not seal at present, so it is cut off at once and keeps its samples.");
  await dialog.getByRole("button", { name: "Take sealed only" }).click();
  await expect(dialog).toBeHidden();

  await page.getByRole("button", { name: "Change or delete this agent" }).click();
  await page.getByRole("menuitem", { name: "Take plain messages too" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take plain too" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("figure", { name: "CPU by state, all cores" })).toBeVisible();
});

test("the alerts that fire are counted at the top, which leads to them", async ({ page, alertRule }, info) => {
  await openOwnAgent(page);
  const count = page.getByRole("link", { name: "firing, show alerts" });
  await expect(count).toHaveText(/^\d/);
  const name = `Running ${info.project.name}`;
  await alertRule(name, "system.uptime > 0");
  await expect(count).toHaveText(/^[1-9]/, { timeout: 45_000 });
  await count.click();
  await expect(page.getByRole("heading", { name: "Alerts", exact: true })).toBeInViewport();
  await expect(page.locator("#alerts").getByText(name)).toBeVisible();
});

test("an agent that does not exist is said to", async ({ page }) => {
  await page.goto("/dashboard/agents/not-a-number");
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
});

test("the page is accessible in both themes", async ({ page }) => {
  await openOwnAgent(page);
  await expectAccessible(page);
});
