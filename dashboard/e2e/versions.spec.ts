import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

test("the versions in the fleet are counted, and what can be offered is explained", async ({ page }) => {
  await page.goto("/dashboard/");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Agent versions" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Agent versions" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "In the fleet" })).toBeVisible();
  await expect(page.getByText("A rollout begins with one agent")).toBeVisible();
  // No manifest lies beside the artefact of a checkout, and where it was not built there is none to offer.
  await expect(page.getByText(/It is not signed|This hub offers no release/)).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});
