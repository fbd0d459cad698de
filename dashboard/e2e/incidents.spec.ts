import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";
import { enrollSensor, tellNobody } from "./sensor";
import { invite, logInAs, setPassword } from "./totp";

test("an incident appears by itself, is acknowledged, discussed, silenced and resolved", async ({
  page,
  request,
}, info) => {
  // A long way, and each look at accessibility takes seconds on a busy machine.
  test.slow();
  const name = `boiler-${info.project.name}`;
  const rule = `Too hot ${info.project.name}`;
  await tellNobody(request);
  const sensor = await enrollSensor(request, name, rule);
  await sensor.send(1);
  await page.goto("/dashboard/");
  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: /Alerts/ })
    .click();
  await expect(page.getByRole("heading", { level: 1, name: "Incidents" })).toBeVisible();
  await expect(page.getByText("Nobody is told of incidents yet.")).toBeVisible();

  // The page is open all the time and is not loaded again.
  await sensor.fire();
  const incident = page.getByRole("list", { name: "Incidents" }).getByRole("link", { name: `${rule} on ${name}` });
  await expect(incident).toBeVisible();
  await expect(page.getByRole("link", { name: /Alerts \d+ open incident/ })).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await incident.click();
  await expect(page.getByRole("heading", { level: 1, name: `${rule} on ${name}` })).toBeVisible();
  await expect(page.getByRole("figure", { name: new RegExp(`of ${name}`) })).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  const acknowledge = page.getByRole("button", { name: "Acknowledge", exact: true });
  const tap = (target: typeof acknowledge) => (info.project.name === "phone" ? target.tap() : target.click());
  await tap(acknowledge);
  await tap(page.getByRole("menuitem", { name: "1 hour" }));
  await expect(page.getByText(/by admin for/)).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(acknowledge).toBeVisible();
  await tap(acknowledge);
  await tap(page.getByRole("menuitem", { name: "1 hour" }));
  await expect(page.getByText(/by admin for/)).toBeVisible();

  await page.getByRole("button", { name: "Assign" }).click();
  await page.getByRole("menuitem", { name: "Assign to me" }).click();
  await expect(page.getByText("Owner: admin")).toBeVisible();
  await page.getByLabel("Comment", { exact: true }).fill("the valve\nsticks");
  await page.getByRole("button", { name: "Comment" }).click();
  const timeline = page.getByRole("list", { name: "Timeline" });
  await expect(timeline).toContainText("the valve sticks");
  await expect(timeline).toContainText("acknowledged until");

  await page.getByRole("main").getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Silence this" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("textbox", { name: "Demand 1: value" })).toHaveValue(name);
  await expect(dialog.getByRole("status")).toContainText(`1 agent: ${name}. 1 alert that fires falls silent.`);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await dialog.getByRole("button", { name: "Silence" }).click();
  const silence = page.getByRole("list", { name: "Silences" }).getByRole("listitem").filter({ hasText: name });
  await expect(silence).toContainText("Silent for");
  await page.goBack();
  await page.goto(`/dashboard/alerts?agent=${sensor.id}`);
  const alert = page.getByRole("list", { name: "Alerts" }).getByRole("listitem").filter({ hasText: rule });
  await expect(alert).toContainText("Firing");
  await expect(alert).toContainText(/silence \d+/);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await alert.getByRole("link", { name: /the incident/ }).click();
  await page.getByRole("button", { name: "Write" }).click();
  await page.getByRole("textbox", { name: "Post-mortem notes" }).fill("oil the valve");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("oil the valve")).toBeVisible();
  await page.getByRole("button", { name: "Resolve" }).click();
  await dialog.getByLabel("What ended it").fill("oiled it");
  await dialog.getByRole("button", { name: "Resolve" }).click();
  await expect(page.getByRole("button", { name: "Reopen" })).toBeVisible();
  await expect(timeline).toContainText("resolved: oiled it");
  await sensor.send(1);
});

test("somebody changes the notes that somebody else is writing", async ({ page, request }, info) => {
  const name = `pump-${info.project.name}`;
  const sensor = await enrollSensor(request, name, `Pump ${info.project.name}`);
  await page.goto("/dashboard/incidents");
  await sensor.fire();
  await page.getByRole("link", { name: `Pump ${info.project.name} on ${name}` }).click();
  await page.getByRole("button", { name: "Write" }).click();
  await page.getByRole("textbox", { name: "Post-mortem notes" }).fill("mine");
  const path = `/api/v1/incidents/${page.url().split("/").at(-1)}/notes`;
  expect((await request.put(path, { data: { text: "theirs" } })).status()).toBe(200);
  // The live feed tells of it before anything is lost.
  await expect(page.getByText("Somebody changed the notes meanwhile")).toBeVisible();
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Overwrite with mine" }).click();
  await expect(page.getByRole("button", { name: "Edit" })).toBeVisible();
  await expect(page.getByText("mine", { exact: true })).toBeVisible();
  await sensor.send(1);
});

test("a viewer sees what needs another role, and why somebody was not paged", async ({
  page,
  request,
  browser,
}, info) => {
  const name = `fan-${info.project.name}`;
  const rule = `Fan ${info.project.name}`;
  await tellNobody(request);
  const sensor = await enrollSensor(request, name, rule);
  await sensor.fire();
  const viewer = `vera-${info.project.name}`;
  const link = await invite(request, viewer);
  const other = await browser.newContext({
    baseURL: process.env.OPSENTRIX_E2E_URL ?? "",
    storageState: { cookies: [], origins: [] },
    viewport: page.viewportSize(),
  });
  const theirs = await other.newPage();
  await setPassword(theirs, link, "battery-staple-9");
  await theirs.goto("/dashboard/login?redirect=%2Fincidents");
  await logInAs(theirs, viewer, "battery-staple-9");
  await theirs.getByRole("link", { name: `${rule} on ${name}` }).click();
  await expect(theirs.getByRole("button", { name: "Acknowledge", exact: true })).toBeDisabled();
  await expect(theirs.getByRole("button", { name: "Resolve" })).toBeDisabled();
  await expect(
    theirs.getByText("Acting on incidents needs the role operator or admin.").locator("visible=true"),
  ).toBeVisible();
  await expectAccessible(theirs);
  await theirs.getByRole("main").getByRole("button", { name: "More", exact: true }).click();
  await theirs.getByRole("menuitem", { name: "Why was I paged?" }).click();
  await expect(theirs.getByRole("region", { name: "Verdict" })).toContainText("The default route tells nobody");
  const stages = theirs.getByRole("list", { name: "Stages" });
  await expect(stages.getByRole("heading", { name: "Route ended here" })).toBeVisible();
  await expectAccessible(theirs);
  await expectNoSidewaysScroll(theirs);
  await theirs.goto("/dashboard/quiet");
  await expect(theirs.getByRole("button", { name: "New silence" })).toBeDisabled();
  await expect(theirs.getByText("Keeping alerts quiet needs the role operator or admin.")).toBeVisible();
  await other.close();
  await sensor.send(1);
});

test("an incident is read when its agent and its rule are gone", async ({ page, request }, info) => {
  const name = `gone-${info.project.name}`;
  const rule = `Gone hot ${info.project.name}`;
  const sensor = await enrollSensor(request, name, rule);
  const incident = await sensor.incident();
  expect((await request.delete(`/api/v1/agents/${sensor.id}`)).status()).toBe(204);
  expect((await request.delete(`/api/v1/alert-rules/${sensor.rule}`)).status()).toBe(204);
  await page.goto(`/dashboard/incidents/${incident}`);
  const alert = page.getByRole("list", { name: "Alerts" }).getByRole("listitem").filter({ hasText: rule });
  await expect(alert).toContainText(`${rule} (deleted) on ${name} (deleted)`);
  await expect(alert.getByRole("link")).toHaveCount(0);
  await expectAccessible(page);
});
