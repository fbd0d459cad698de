import { expect, test } from "./fixtures";

test("the page of the API looks as it should under its content security policy", async ({ page }) => {
  await page.goto("/api/docs");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Opsentrix API");
  const size = await page.locator("body").evaluate((body) => getComputedStyle(body).maxWidth);
  expect(size).toBe("960px");
});
