import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { expect, expectNoSidewaysScroll, test } from "./fixtures";

const CATALOG = fileURLToPath(new URL("../src/locales/es.po", import.meta.url));

/** Where people go, with what the stack has: its own agent and the rules that come with the hub. */
const PAGES = [
  "/",
  "/agents",
  "/explore?a.metric=system.cpu.utilization",
  "/dashboards",
  "/incidents",
  "/alerts",
  "/alerts/why",
  "/alerts/rules",
  "/alerts/rules/new",
  "/quiet",
  "/commands",
  "/runbooks",
  "/runbooks?view=examples",
  "/runbooks/new",
  "/settings",
  "/settings/people",
  "/settings/identity-provider",
  "/settings/shares",
  "/settings/on-call",
  "/settings/enrollment",
  "/settings/storage",
  "/settings/backup",
  "/settings/about",
  "/settings/notifications",
  "/settings/watch",
  "/settings/audit",
  "/settings/agent-versions",
  "/account",
  "/account/api-tokens",
  "/nowhere",
];

/** The English texts that read otherwise in Spanish, without those that have values in them or are a name of something. */
function english(): Set<string> {
  const unquoted = (lines: string) =>
    lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .join("");
  const entries = readFileSync(CATALOG, "utf8").matchAll(/^msgid ((?:".*"\n)+)msgstr ((?:".*"\n)+)/gm);
  const texts = [...entries].map(([, id = "", text = ""]) => [unquoted(id), unquoted(text)] as const);
  const same = new Set(texts.map(([, text]) => text));
  return new Set(texts.map(([id]) => id).filter((id) => / /.test(id) && !/[{<]/.test(id) && !same.has(id)));
}

/** What a page says in English: lines of its text, and names and titles that are not seen. */
async function saidInEnglish(page: Page, texts: Set<string>): Promise<string[]> {
  const named = await page.evaluate(() => {
    const marked = [...document.querySelectorAll("[aria-label], [title], [placeholder], [aria-description]")];
    return marked.flatMap((one) =>
      ["aria-label", "title", "placeholder", "aria-description"].map((name) => one.getAttribute(name) ?? ""),
    );
  });
  const seen = (await page.locator("body").allInnerTexts()).flatMap((text) => text.split("\n"));
  return [...seen, ...named, await page.title()].map((text) => text.trim()).filter((text) => texts.has(text));
}

test.describe("in a browser that asks for Spanish", () => {
  test.use({ locale: "es-MX", expectedErrors: [/404/] });

  test("every page is in Spanish, and fits", async ({ page }) => {
    test.setTimeout(240_000);
    const texts = english();
    expect(texts.size).toBeGreaterThan(500);
    const found: string[] = [];
    for (const path of PAGES) {
      await page.goto(`/dashboard${path}`);
      await expect(page.locator("html")).toHaveAttribute("lang", "es");
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await page.waitForLoadState("networkidle");
      for (const text of await saidInEnglish(page, texts)) found.push(`${path}: ${text}`);
      await expectNoSidewaysScroll(page);
    }
    await page.goto("/dashboard/agents?type=host");
    await page.getByRole("table", { name: "Agentes" }).getByRole("link").first().click();
    await expect(page.getByRole("figure").first()).toBeVisible();
    for (const text of await saidInEnglish(page, texts)) found.push(`an agent: ${text}`);
    expect(found).toEqual([]);
  });
});

test("who chooses a language keeps it, at the place where they were", async ({ page }, info) => {
  await page.goto("/dashboard/incidents?show=all");
  if (info.project.name === "phone") {
    await page.getByRole("navigation", { name: "Main" }).getByRole("button", { name: "More" }).click();
    await page.getByRole("radio", { name: "Español" }).click();
  } else {
    await page.getByRole("button", { name: "Theme: system" }).click();
    await page.getByRole("menuitemradio", { name: "Español" }).click();
  }
  await expect(page.getByRole("heading", { level: 1, name: "Incidentes" })).toBeVisible();
  expect(page.url()).toContain("/incidents?show=all");
  await page.goto("/dashboard/agents");
  await expect(page.getByRole("heading", { level: 1, name: "Agentes" })).toBeVisible();
});

test.describe("before the login", () => {
  test.use({ storageState: { cookies: [], origins: [] }, expectedErrors: [/401/] });

  test("a language can be chosen", async ({ page }) => {
    await page.goto("/dashboard/login");
    await page.getByRole("radio", { name: "Español" }).click();
    await expect(page.getByLabel("Contraseña")).toBeVisible();
    await page.getByRole("radio", { name: "English" }).click();
    await expect(page.getByLabel("Password")).toBeVisible();
  });
});

test("pages hold together where text runs from right to left", async ({ page }) => {
  test.setTimeout(120_000);
  await page.addInitScript(() => {
    document.addEventListener("DOMContentLoaded", () => {
      document.documentElement.dir = "rtl";
    });
  });
  for (const path of PAGES.slice(0, 12)) {
    await page.goto(`/dashboard${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expectNoSidewaysScroll(page);
  }
});
