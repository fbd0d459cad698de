import { expect, expectAccessible, expectNoSidewaysScroll, openOwnAgent, test } from "./fixtures";

test("the last minutes are recorded, looked through moment by moment, and deleted", async ({ page }) => {
  await openOwnAgent(page);
  const section = page.getByRole("region", { name: "Recorder", exact: true });
  await expect(section.getByText("Nothing was recorded yet")).toBeVisible();
  const agent = new URL(page.url()).pathname.split("/").at(-1);
  await expect
    .poll(
      async () => {
        const now = Date.now() / 1000;
        const answer = await page.request.get(`/api/v1/agents/${agent}/processes/top?from=${now - 300}&to=${now}`);
        return (await answer.json()).looks;
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(2);
  await section.getByRole("button", { name: "Record the last 15 minutes" }).click();
  await expect(section.getByLabel("complete")).toBeVisible({ timeout: 15_000 });
  await section.getByRole("button", { name: /^Show / }).click();
  await expect(page).toHaveURL(/recording=\d+/);
  const table = page.getByRole("region", { name: "Recorded processes" });
  await expect(table.getByRole("row").nth(1)).toBeVisible();
  await expect(section.getByText(/^TCP connections: \d+ /)).toBeVisible();
  await expect(section.getByRole("heading", { name: "What happened" })).toBeVisible();
  const slider = section.getByRole("slider", { name: "Recorded moment" });
  await slider.press("Home");
  await expect(section.getByText(/^Look 1 of \d+$/)).toBeVisible();
  await section.getByRole("button", { name: "Later recorded look" }).click();
  await expect(section.getByText(/^Look 2 of \d+$/)).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.reload();
  await expect(table.getByRole("row").nth(1)).toBeVisible();
  await section.getByRole("button", { name: /^Delete / }).click();
  await expect(section.getByText("Nothing was recorded yet")).toBeVisible();
  await expect(page).not.toHaveURL(/recording=/);
});
