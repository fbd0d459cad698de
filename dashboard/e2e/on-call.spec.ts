import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

/** Calls the API as who is logged in. */
async function call(page: Page, method: "post" | "put" | "get", path: string, data?: unknown) {
  const answer = await page.request[method](`/api/v1/${path}`, data === undefined ? {} : { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.json();
}

test("the default route that tells nobody is named, and the way out leads to its dialog", async ({ page }, info) => {
  const { items } = await call(page, "get", "routes");
  const last = items.at(-1);
  await call(page, "put", `routes/${last.id}`, { name: last.name, targets: [] });
  const name = `pager-${info.project.name}`;
  await call(page, "post", "channels", { name, kind: "webhook", settings: { url: "https://example.com/" } });
  await page.goto("/dashboard/settings/notifications");
  const warning = page.getByRole("region", { name: "Nobody is told" });
  await expect(warning).toContainText(/reach(es)? (anybody|nobody)/);
  await expectAccessible(page);
  await warning.getByRole("button", { name: "Choose who is told" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(warning).toBeHidden();
});

test("somebody swaps a shift, takes it back, and makes an escalation", async ({ page }, info) => {
  const mine = (name: string) => `${name}-${info.project.name}`;
  await page.goto("/dashboard/");
  const settings = { url: "http://127.0.0.1:9/hook" };
  const channel = await call(page, "post", "channels", { name: mine("oncall"), kind: "webhook", settings });
  const members = ["Ann", "Bob"].map((name) => ({ name, channels: [channel.id] }));
  const today = new Date().toISOString().slice(0, 10);
  const rota = { name: mine("night"), time_zone: "UTC", first_day: today, handover: "00:00", days: 30, members };
  await call(page, "post", "rotas", rota);

  await page.goto("/dashboard/settings/on-call");
  await expect(page.getByRole("region", { name: "On call now" })).toContainText(`Ann ${mine("night")}`);
  const shifts = page.getByRole("list", { name: `Shifts of ${mine("night")}` }).getByRole("listitem");
  await expect(shifts).toHaveCount(1);

  await page.getByRole("button", { name: `Swap a shift of ${mine("night")}` }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("radio", { name: "Bob" })).toBeChecked();
  await dialog.getByRole("button", { name: "24 hours from now" }).click();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await dialog.getByRole("button", { name: "Swap", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("region", { name: "On call now" })).toContainText(`Bob ${mine("night")}`);
  await expect(shifts.filter({ hasText: "Bob, by an exception" })).toHaveCount(1);
  await expectAccessible(page);
  await page
    .getByRole("list", { name: `Exceptions of ${mine("night")}` })
    .getByRole("button", { name: "Take the exception of Bob back" })
    .click();
  await expect(shifts).toHaveCount(1);

  await page.getByRole("button", { name: "Add escalation" }).click();
  await dialog.getByLabel("Name").fill(mine("loud"));
  await expect(dialog.getByRole("button", { name: "Save" })).toBeDisabled();
  await dialog
    .getByRole("group", { name: "Step 1 tells" })
    .getByRole("checkbox", { name: mine("night") })
    .check();
  await dialog.getByRole("button", { name: "Another step" }).click();
  await dialog
    .getByRole("group", { name: "Step 2 tells" })
    .getByRole("checkbox", { name: mine("oncall") })
    .check();
  await dialog.getByLabel("Rounds after the first").fill("2");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  const steps = page.getByRole("list", { name: `Steps of ${mine("loud")}` }).getByRole("listitem");
  await expect(steps).toContainText([`At once${mine("night")}`, `After 15 min${mine("oncall")}`]);

  await page.getByRole("button", { name: `Change ${mine("loud")}` }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await dialog.getByLabel("Step 2, minutes after the begin").fill("5");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(steps.nth(1)).toContainText("After 5 min");
  await expectNoSidewaysScroll(page);
  await page.getByRole("button", { name: `Change ${mine("loud")}` }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(steps).toHaveCount(0);
});

test("what fails is shown first, with the provider's own answer", async ({ page }, info) => {
  const name = `broken-${info.project.name}`;
  await page.goto("/dashboard/");
  const settings = { url: "http://127.0.0.1:9/hook" };
  const { id } = await call(page, "post", "channels", { name, kind: "webhook", settings });
  await call(page, "post", `channels/${id}/test`);
  await page.goto("/dashboard/settings/notifications");
  await page.getByRole("tab", { name: "History" }).click();
  await expect(page.getByRole("radio", { name: "Failing" })).toBeChecked();
  const item = page
    .getByRole("list", { name: "Notifications" })
    .getByRole("listitem")
    .filter({ hasText: name })
    .first();
  await expect(item).toContainText("Given up");
  await item.getByText(name).first().click();
  await expect(item).toContainText("127.0.0.1 is refused");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.getByRole("radio", { name: "All" }).click();
  await expect(page.getByRole("list", { name: "Notifications" })).toContainText(name);
  await page.getByRole("radio", { name: "Waiting" }).click();
  await expect(page.getByRole("list", { name: "Notifications" }).filter({ hasText: name })).toHaveCount(0);
});
