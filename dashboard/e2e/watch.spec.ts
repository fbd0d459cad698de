import { expect, expectAccessible, expectNoSidewaysScroll, openSettings, test } from "./fixtures";

test("somebody sees that the hub watches, how long a canary took, and that nobody would miss the hub", async ({
  page,
}) => {
  await page.goto("/dashboard/");
  await openSettings(page, "Health");
  await expect(page.getByRole("heading", { level: 1, name: "Is anybody watching?" })).toBeVisible();

  const canary = page.getByRole("region", { name: "Canary" });
  // The first one sets out ten seconds after the hub started, and waits for alerts that belong to it.
  await expect(canary).toContainText("came through in the last 24 hours", { timeout: 60_000 });
  await expect(canary.getByRole("img", { name: /^Canaries of the last 24 hours: \d+ came through/ })).toBeVisible();
  await expect(canary.getByText("Received", { exact: true })).toBeVisible();

  await expect(page.getByRole("region", { name: "Dead man's switch" })).toContainText("Not set up.");
  await expect(page.getByRole("region", { name: "Answer" })).not.toContainText("broken");
  const checks = page.getByRole("list", { name: "Checks" }).getByRole("listitem");
  await expect(checks.filter({ hasText: "Worker silent" })).toContainText("Well");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});
