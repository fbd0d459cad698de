import { expect, expectAccessible, expectNoSidewaysScroll, openOwnAgent, openSettings, test } from "./fixtures";

test("an admin finds who changed what, and takes the log along", async ({ page }) => {
  await openOwnAgent(page);
  const tag = `audited-${test.info().project.name}`;
  const agent = new URL(page.url()).pathname.split("/").pop();
  const changed = await page.request.patch(`/api/v1/agents/${agent}`, { data: { tags: [tag] } });
  expect(changed.ok()).toBe(true);
  await openSettings(page, "Audit log");
  await expect(page.getByRole("heading", { name: "Audit log" })).toBeVisible();
  await expect(page.getByRole("region", { name: "State of the chain" })).toBeVisible();

  await page.getByLabel("Search the log").fill(tag);
  const entries = page.getByRole("list", { name: "Entries, newest first" });
  await expect(entries.getByRole("button")).toHaveCount(1);
  await expect(page).toHaveURL(new RegExp(`q=${tag}`));
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await entries.getByRole("button").click();
  const dialog = page.getByRole("dialog", { name: "agent.update" });
  await expect(dialog).toContainText(`after: ["${tag}"]`);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "All by user:admin" }).click();
  await expect(page).toHaveURL(/actor=user/);

  await page.getByRole("radio", { name: "refused" }).click();
  await expect(page.getByText("Nothing in the log matches these filters.")).toBeVisible();
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(entries.getByRole("button").first()).toBeVisible();

  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  expect((await downloading).suggestedFilename()).toMatch(/^opsentrix-audit-\d{8}T\d{6}Z\.jsonl$/);
  await page.getByRole("button", { name: "Reload" }).click();
  await expect(page.getByText(/Verified and signed up to entry/)).toBeVisible();
});
