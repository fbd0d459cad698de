import { expect, expectAccessible, expectNoSidewaysScroll, openSettings, test } from "./fixtures";

test("an admin adds a channel, tries it, routes to it, and puts somebody on call", async ({ page }, info) => {
  const mine = (name: string) => `${name}-${info.project.name}`;
  await page.goto("/dashboard/");
  await openSettings(page, "Notifications");
  await expect(page.getByRole("heading", { level: 1, name: "Notifications" })).toBeVisible();

  await page.getByRole("button", { name: "Add channel" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Webhook", { exact: true }).click();
  await dialog.getByLabel("Name").fill(mine("ops"));
  await dialog.getByLabel("URL").fill("http://127.0.0.1:9/hook");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await dialog.getByRole("button", { name: "Add channel" }).click();
  const channel = page
    .getByRole("list", { name: "Channels" })
    .getByRole("listitem")
    .filter({ hasText: mine("ops") });
  await expect(channel).toContainText("Nothing sent yet");
  await channel.getByRole("button", { name: "Test" }).click();
  // The hub's own machine is out of every channel's reach, and the answer says why.
  await expect(channel.getByRole("status")).toContainText("127.0.0.1 is refused");
  await expectAccessible(page);

  await openSettings(page, "On call");
  await page.getByRole("button", { name: "Add rota" }).click();
  await dialog.getByLabel("Name").fill(mine("core"));
  await dialog.getByLabel("Person 1").fill("Ann");
  await dialog.getByRole("checkbox", { name: mine("ops") }).check();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(
    page
      .getByRole("list", { name: "Rotas" })
      .getByRole("listitem")
      .filter({ hasText: mine("core") }),
  ).toContainText("Ann");

  await openSettings(page, "Notifications");
  await page.getByRole("tab", { name: "Routes" }).click();
  await page.getByRole("button", { name: "Add route" }).click();
  await dialog.getByLabel("Name").fill(mine("critical"));
  await dialog.getByRole("checkbox", { name: mine("core") }).check();
  await dialog.getByRole("checkbox", { name: "critical" }).check();
  await dialog.getByLabel("Tags").fill(info.project.name);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  const route = page
    .getByRole("list", { name: "Routes" })
    .getByRole("listitem")
    .filter({ hasText: mine("critical") });
  await expect(route).toContainText(`critical · tag ${info.project.name}`);
  await page.getByLabel("Tags").fill(info.project.name);
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("tabpanel", { name: "Routes" }).getByRole("status")).toContainText(
    `Ann on call in ${mine("core")}`,
  );
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});
