import { bringIntoView, expect, expectAccessible, expectNoSidewaysScroll, openOwnAgent, test } from "./fixtures";

test("what happened to a machine stands in one list, leads further and to its moment in the charts", async ({
  page,
  request,
  alertRule,
}, info) => {
  test.slow();
  const { name: size } = info.project;
  const rule = `Is up ${size}`;
  const { items } = await (await request.get("/api/v1/agents?type=host")).json();
  const { id } = items[0];
  await alertRule(rule, "system.uptime > 1");
  for (let step = 1; step <= 24; step += 1) {
    const data = { title: `step ${step} ${size}`, kind: "deploy", agents: [id], time: Date.now() / 1000 - 30 + step };
    expect((await request.post("/api/v1/annotations", { data })).status()).toBe(201);
  }

  await openOwnAgent(page);
  const section = page.getByRole("region", { name: "Events" });
  const list = section.getByRole("list", { name: "Events" });
  const row = (text: string | RegExp) => list.getByRole("listitem").filter({ hasText: text });
  await bringIntoView(section);
  const alert = row(rule);
  await expect(alert).toContainText("Still firing");
  await expect(alert.getByRole("img", { name: "Alerts" })).toBeVisible();
  await expect(row(`step 24 ${size}`)).toContainText("by admin");
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);

  // The rest comes by and by; the kinds that are listed stand in the address.
  await section.getByRole("button", { name: "Kinds" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Notes and deployments" }).click();
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/events=.*annotation/);
  await expect(alert).toHaveCount(0);
  await expect(list.getByRole("listitem")).toHaveCount(20);
  await section.getByRole("button", { name: "Show more" }).click();
  await expect(row(`step 1 ${size}`)).toBeVisible();
  await page.reload();
  await expect(row(`step 24 ${size}`)).toBeVisible();
  await expect(alert).toHaveCount(0);

  await row(`step 24 ${size}`)
    .getByRole("button", { name: / in the charts$/ })
    .click();
  await expect(page).toHaveURL(/from=\d+.*to=\d+/);
  await expect(page.getByRole("button", { name: "Paused: go live" })).toBeVisible();
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(0);
  await page.goBack();
  await expect(page.getByRole("button", { name: "Live: pause" })).toBeVisible();

  await section.getByRole("button", { name: "Show all kinds of events" }).click();
  await page
    .getByRole("region", { name: "Marks" })
    .getByRole("link", { name: new RegExp(rule) })
    .waitFor();
  await alert.getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(rule);
});

test("where nothing happened the list says what would stand there", async ({ page }) => {
  await openOwnAgent(page);
  await page.goto(`${page.url()}?events=upgrade`);
  const section = page.getByRole("region", { name: "Events" });
  await expect(section).toContainText("Nothing of these kinds in this time");
  await section.getByRole("button", { name: "Look at the last 7 days" }).click();
  await expect(page).toHaveURL(/range=7d/);
  await expect(section.getByRole("button", { name: "Look at the last 7 days" })).toHaveCount(0);
});

test.describe("while the hub cannot answer", () => {
  test.use({ expectedErrors: [/503/] });

  test("the list says so and is tried again", async ({ page }) => {
    let broken = true;
    await page.route("**/api/v1/agents/*/events?*", (route) =>
      broken
        ? route.fulfill({
            status: 503,
            contentType: "application/problem+json",
            body: JSON.stringify({ type: "about:blank", title: "Away", status: 503, detail: "The database is away." }),
          })
        : route.continue(),
    );
    await openOwnAgent(page);
    await page.goto(`${page.url()}?range=1h`);
    const section = page.getByRole("region", { name: "Events" });
    await expect(section.getByRole("alert")).toContainText("The database is away.");
    broken = false;
    await section.getByRole("button", { name: "Try again" }).click();
    await expect(section.getByRole("list", { name: "Events" })).toBeVisible();
    await expect(section.getByRole("alert")).toHaveCount(0);
  });
});
