import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";
import { enrollSensor } from "./sensor";

test("a recurring window shows its times across daylight saving time", async ({ page }, info) => {
  const name = `patches-${info.project.name}`;
  await page.goto("/dashboard/quiet?tab=maintenance");
  await page.getByRole("button", { name: "New window" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByRole("textbox", { name: "Demand 1: value" }).fill(`nobody-${info.project.name}`);
  await dialog.getByLabel("Begins first").fill("2999-03-24T02:30");
  await dialog.getByLabel("Time zone").fill("Europe/Berlin");
  await dialog.getByRole("radio", { name: "Weekly" }).click();
  // 02:30 does not exist on the last Sunday of March: it takes the offset before the gap.
  const times = dialog.getByRole("region", { name: "Next times" }).getByRole("listitem");
  await expect(times).toHaveText([
    "Sun, 24 Mar 2999, 02:30 GMT+1",
    "Sun, 31 Mar 2999, 03:30 GMT+2",
    "Sun, 7 Apr 2999, 02:30 GMT+2",
    "Sun, 14 Apr 2999, 02:30 GMT+2",
    "Sun, 21 Apr 2999, 02:30 GMT+2",
  ]);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  const window = page
    .getByRole("list", { name: "Maintenance windows" })
    .getByRole("listitem")
    .filter({ hasText: name });
  await expect(window).toContainText("Every week on Sun at 02:30, for 1 h Europe/Berlin");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await window.getByRole("button", { name: `Edit ${name}` }).click();
  await dialog.getByRole("radio", { name: "Monthly" }).click();
  await dialog.getByRole("radio", { name: "On a weekday" }).check();
  await expect(times.first()).toHaveText("Sun, 24 Mar 2999, 02:30 GMT+1");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(window).toContainText("On the fourth Sunday of every month at 02:30");

  await window.getByRole("button", { name: `Delete ${name}` }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(window).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(window).toHaveCount(1);
});

test("a silence is made, extended, ended, and brought back", async ({ page }, info) => {
  const why = `moving racks ${info.project.name}`;
  await page.goto("/dashboard/quiet");
  await page.getByRole("button", { name: "New silence" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Demand 1: what" }).selectOption("environment");
  await dialog.getByRole("textbox", { name: "Demand 1: value" }).fill(`lab-${info.project.name}`);
  await expect(dialog.getByRole("status")).toContainText("0 agents");
  await dialog.getByRole("radio", { name: "4 h" }).click();
  await dialog.getByLabel("Why").fill(why);
  await dialog.getByRole("button", { name: "Silence" }).click();
  const silence = page.getByRole("list", { name: "Silences" }).getByRole("listitem").filter({ hasText: why });
  await expect(silence).toContainText(/Silent for (4 h|3 h 59 min) more/);
  await expect(silence).toContainText(`environment is lab-${info.project.name}`);
  await silence.getByRole("button", { name: "Extend" }).click();
  await page.getByRole("menuitem", { name: "by 1 day" }).click();
  await expect(silence).toContainText(/Silent for 1 d (4|3) h more/);
  await silence.getByRole("button", { name: "End now" }).click();
  await expect(silence).toHaveCount(0);
  await expect(page.getByText("The silence ended")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(silence).toHaveCount(1);
  await page.getByRole("checkbox", { name: "Show those that ended" }).check();
  await expect(silence.filter({ hasText: "Ended" })).toContainText("by admin");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

test("an agent is put behind another", async ({ page, request }, info) => {
  const gateway = await enrollSensor(request, `gw-${info.project.name}`, `Gateway ${info.project.name}`);
  const sensor = await enrollSensor(request, `hall-${info.project.name}`, `Hall ${info.project.name}`);
  await page.goto(`/dashboard/agents/${sensor.id}`);
  const behind = page.getByRole("region", { name: "Behind" });
  await behind.getByRole("button", { name: "Put behind…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("searchbox", { name: "Find an agent" }).fill(gateway.name);
  await dialog.getByRole("radio", { name: gateway.name }).click();
  await expect(behind.getByRole("link", { name: gateway.name })).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.goto(`/dashboard/agents/${gateway.id}`);
  await expect(behind).toContainText(`In front of ${sensor.name}`);
});
