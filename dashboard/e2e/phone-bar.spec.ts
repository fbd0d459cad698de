import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

const bar = (page: Page) => page.getByRole("navigation", { name: "Main" });

test.skip(({ isMobile }) => !isMobile, "platform: the bar is a phone's");

test("every place is a tap away, at the lower edge and large enough for a thumb", async ({ page }) => {
  await page.goto("/dashboard/");
  for (const [link, heading] of [
    [/Agents/, "Agents"],
    [/Explore/, "Explore"],
    [/Alerts/, "Incidents"],
    [/Response/, "Commands"],
    [/Home/, "Home"],
  ] as const) {
    await bar(page).getByRole("link", { name: link }).click();
    await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
    await expect(bar(page).getByRole("link", { name: link })).toHaveAttribute("aria-current", "page");
  }
  const { height = 0 } = page.viewportSize() ?? {};
  for (const spot of await bar(page).locator("a, button").all()) {
    const box = await spot.boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(44);
    expect(box?.width).toBeGreaterThanOrEqual(44);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeCloseTo(height, 0);
  }
  await bar(page).getByRole("button", { name: "More" }).click();
  await expect(page.getByRole("dialog", { name: "More" }).getByRole("link", { name: "Your account" })).toBeVisible();
  await expectAccessible(page);
});

for (const fonts of ["with its fonts", "before its fonts are there"])
  test(`what has the focus is never behind the bar, nor behind a form's buttons, ${fonts}`, async ({ page }) => {
    // Without them lines are longer, so that what stands at the edge is another.
    if (fonts !== "with its fonts") await page.route("**/*.woff2", (route) => route.fulfill({ body: "" }));
    for (const path of ["alerts/rules/new", "settings/notifications", "agents"]) {
      await page.goto(`/dashboard/${path}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await page.evaluate(() => document.fonts.ready);
      await page.locator("#content").focus();
      for (let at = 0; at < 40; at += 1) {
        await page.keyboard.press("Tab");
        const hidden = await page.evaluate(() => {
          const active = document.activeElement;
          // A radio that is drawn by its label is where the label is.
          const one = active?.classList.contains("sr-only") ? active.closest("label") : active;
          const BARS = "nav[aria-label=Main], header, .sticky";
          if (one == null || one === document.body || one.closest(BARS) !== null) return null;
          const box = one.getBoundingClientRect();
          const over = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
          return over !== null && over.closest(BARS) !== null && !over.contains(one)
            ? one.outerHTML.slice(0, 120)
            : null;
        });
        expect(hidden, path).toBeNull();
      }
    }
  });

test("a phone on its side and a page at 400 % keep room to read", async ({ page }) => {
  for (const viewport of [
    { width: 320, height: 256 },
    { width: 568, height: 320 },
    { width: 844, height: 390 },
  ]) {
    await page.setViewportSize(viewport);
    for (const path of ["", "agents", "incidents", "settings", "alerts/rules", "explore"]) {
      await page.goto(`/dashboard/${path}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expectNoSidewaysScroll(page);
    }
    const kept = await page.evaluate(() =>
      [...document.querySelectorAll("header, nav[aria-label=Main]")]
        .filter((one) => /sticky|fixed/.test(getComputedStyle(one).position))
        .reduce((sum, one) => sum + one.getBoundingClientRect().height, 0),
    );
    expect(kept).toBeLessThanOrEqual(48);
  }
});
