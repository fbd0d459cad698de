import { readFile, writeFile } from "node:fs/promises";
import type { APIRequestContext, Page } from "@playwright/test";
import { bringIntoView, expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

const METRIC = "e2e.dashboards.load";
const DASHBOARDS = "/api/v1/dashboards";

/** Enrolls an agent of an environment that reports by the API alone, and sends some values of now. */
async function enroll(request: APIRequestContext, name: string, environment: string): Promise<number> {
  const { token } = await (await request.post("/api/v1/enrollment-tokens", { data: {} })).json();
  const { id, credential } = await (
    await request.post("/api/v1/agents/register", {
      headers: { Authorization: `Bearer ${token}` },
      data: { name, type: "boarded", host: name, reporting_interval: 60 },
    })
  ).json();
  expect((await request.patch(`/api/v1/agents/${id}`, { data: { environment } })).ok()).toBe(true);
  const now = Math.floor(Date.now() / 1000);
  const samples = Array.from({ length: 30 }, (_, at) => ({
    metric: METRIC,
    labels: {},
    time: now - at * 10,
    value: at,
  }));
  const sent = await request.post(`/api/v1/agents/${id}/metrics`, {
    headers: { Authorization: `Bearer ${credential}` },
    data: { samples },
  });
  expect(sent.status(), await sent.text()).toBe(200);
  return id;
}

const query = (more: object = {}) => ({ metric: METRIC, environment: ["$env"], by: ["agent"], ...more });
const SPEC = {
  schema_version: 1,
  range: "15m",
  variables: [{ name: "env", kind: "environment", label: "Environment" }],
  panels: [
    { id: 1, kind: "timeseries", title: "Load in $env", grid: { x: 0, y: 0, w: 6, h: 5 }, queries: [query()] },
    { id: 2, kind: "table", title: "Agents", grid: { x: 6, y: 0, w: 6, h: 5 }, queries: [query()] },
    { id: 3, kind: "text", title: "Read me", grid: { x: 0, y: 5, w: 12, h: 2 }, text: "<b>plain</b>\nwords" },
  ],
};

/** The titles of the panels, in the order in which they are read. */
async function titles(page: Page): Promise<string[]> {
  return page.locator("[data-panel] h3").allInnerTexts();
}

test.describe("Dashboards", () => {
  const agents: number[] = [];
  test.beforeAll(async ({ browser, session }) => {
    const context = await browser.newContext({ baseURL: process.env.OPSENTRIX_E2E_URL ?? "", storageState: session });
    agents.push(await enroll(context.request, "boarded-north", "north"));
    agents.push(await enroll(context.request, "boarded-south", "south"));
    await context.close();
  });
  test.beforeEach(async ({ page }) => {
    const { items } = await (await page.request.get(DASHBOARDS)).json();
    for (const { id } of items) await page.request.delete(`${DASHBOARDS}/${id}`);
  });
  test.afterAll(async ({ browser, session }) => {
    const context = await browser.newContext({ baseURL: process.env.OPSENTRIX_E2E_URL ?? "", storageState: session });
    for (const id of agents.splice(0)) await context.request.delete(`/api/v1/agents/${id}`);
    await context.close();
  });

  /** Makes the dashboard of SPEC by the API. */
  async function made(page: Page, name: string): Promise<string> {
    const answer = await page.request.post(DASHBOARDS, { data: { name, spec: SPEC } });
    expect(answer.status(), await answer.text()).toBe(201);
    return `/dashboard/dashboards/${(await answer.json()).id}`;
  }

  test("from a template to a dashboard that lives, is deleted and comes back", async ({ page }) => {
    await page.goto("/dashboard/dashboards");
    await expect(page.getByText("No dashboard yet")).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: /^Fleet overview/ }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Fleet overview" })).toBeVisible();
    await expect(page.getByRole("region", { name: "Highest load" }).getByText(/^\d/)).toBeVisible();
    await expect(page.getByRole("region", { name: "CPU of all agents" })).toBeVisible();
    await expect(page.getByRole("region", { name: "Open incidents" })).toBeVisible();
    await bringIntoView(page.getByRole("heading", { name: "Load, the ten highest" }));
    await expect(page.getByRole("figure", { name: "Load, the ten highest" })).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);

    await page.getByRole("link", { name: "All dashboards" }).click();
    await expect(page.getByText("10 panels").or(page.getByText("Load, memory, disks"))).not.toHaveCount(0);
    await page.getByRole("button", { name: "Change Fleet overview" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await expect(page.getByText("No dashboard yet")).toBeVisible();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByRole("link", { name: "Fleet overview" })).toBeVisible();
  });

  test("a variable changes what all panels ask, and the link says so", async ({ page }) => {
    await page.goto(await made(page, "By environment"));
    const table = page.getByRole("region", { name: "Agents" }).locator("tbody tr");
    await expect(table).toHaveCount(2);
    await expect(page.getByRole("figure", { name: "Load in all" })).toBeVisible();
    await page.getByRole("button", { name: /^Environment/ }).click();
    await page.getByRole("menuitemradio", { name: "north" }).click();
    await expect(page).toHaveURL(/var-env=north/);
    await expect(table).toHaveCount(1);
    await expect(table.first()).toContainText("boarded-north");
    await expect(page.getByRole("figure", { name: "Load in north" })).toBeVisible();
    await expect(page.getByText("<b>plain</b> words")).toBeVisible();
    await page.reload();
    await expect(page.getByRole("figure", { name: "Load in north" })).toBeVisible();
    await page.getByRole("link", { name: "Explore Load in $env" }).click();
    await expect(page).toHaveURL(/explore\?range=15m.*a\.environment=north/);
    await expect(page.getByRole("button", { name: "boarded-north", exact: true })).toBeVisible();
  });

  test("a panel is added, moved without a pointer, and saved", async ({ page, isMobile }) => {
    const path = await made(page, "Ours");
    await page.goto(path);
    await page.getByRole("link", { name: "Edit" }).click();
    await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();

    await page.getByRole("button", { name: "Add panel" }).click();
    await page.getByRole("menuitem", { name: "Stat" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Title").fill("Newest load");
    await dialog.getByRole("combobox", { name: "Metric" }).fill("dashboards.lo");
    await page.getByRole("option", { name: new RegExp(METRIC) }).click();
    await expect(dialog.getByRole("button", { name: "Environments $env" })).toBeVisible();
    await expect(dialog.getByRole("region", { name: "Newest load" })).toBeVisible();
    await dialog.getByRole("button", { name: "Add a threshold" }).click();
    await dialog.getByLabel("Value of threshold 1").fill("-1");
    await expect(dialog.getByText("warning", { exact: true }).first()).toBeVisible();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Apply" }).click();
    await expect.poll(() => titles(page)).toEqual(["Load in all", "Agents", "Read me", "Newest load"]);

    if (isMobile) {
      await page.getByRole("button", { name: "Change Newest load" }).click();
      await page.getByRole("menuitem", { name: "Before the one above" }).click();
      await page.keyboard.press("Escape");
    } else {
      await page.getByRole("button", { name: "Move Newest load" }).focus();
      await page.keyboard.press("ArrowUp");
      await expect(page.getByRole("status").filter({ hasText: "Newest load: column 1, row 6" })).toHaveCount(1);
      await expect(page.getByRole("button", { name: "Move Newest load" })).toBeFocused();
      await page.keyboard.press("Shift+ArrowRight");
      await expect(page.getByRole("status").filter({ hasText: "4 wide" })).toHaveCount(1);
    }
    await expect.poll(() => titles(page)).toEqual(["Load in all", "Agents", "Newest load", "Read me"]);
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);

    await page.getByRole("button", { name: "Change Read me" }).click();
    await page.getByRole("menuitem", { name: "Remove" }).click();
    await expect.poll(() => titles(page)).toEqual(["Load in all", "Agents", "Newest load"]);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => titles(page)).toHaveLength(4);

    await page.getByRole("link", { name: "All dashboards" }).click();
    await expect(page.getByRole("dialog", { name: "Leave without saving?" })).toBeVisible();
    await page.getByRole("button", { name: "Stay" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("The dashboard is saved")).toBeVisible();
    await page.reload();
    await expect.poll(() => titles(page)).toEqual(["Load in all", "Agents", "Newest load", "Read me"]);
    await expect(page.getByRole("link", { name: "Edit" })).toBeVisible();
  });

  test("the pointer drags and pulls panels", async ({ page, isMobile }) => {
    test.skip(isMobile, "platform: on phones buttons move panels");
    await page.goto(`${await made(page, "Dragged")}?edit=true`);
    const drag = async (name: string, across: number, down: number) => {
      const handle = page.getByRole("button", { name });
      await handle.evaluate((one) => one.scrollIntoView({ block: "center", behavior: "instant" }));
      const box = await handle.boundingBox();
      if (box === null) throw new Error("there is no such handle");
      await page.mouse.move(box.x + 5, box.y + 5);
      await page.mouse.down();
      await page.mouse.move(box.x + across / 2, box.y + down / 2, { steps: 4 });
      await page.mouse.move(box.x + 5 + across, box.y + 5 + down, { steps: 4 });
      await page.mouse.up();
    };
    await drag("Move Agents", -700, 0);
    await expect.poll(() => titles(page)).toEqual(["Agents", "Load in all", "Read me"]);
    const before = await page.getByRole("region", { name: "Read me" }).boundingBox();
    await drag("Resize Read me", 0, 130);
    await expect
      .poll(async () => (await page.getByRole("region", { name: "Read me" }).boundingBox())?.height)
      .toBeGreaterThan((before?.height ?? 0) + 100);
    const undo = page.getByRole("button", { name: "Undo" });
    await undo.click();
    await undo.click();
    await expect(undo).toBeDisabled();
    await expect.poll(() => titles(page)).toEqual(["Load in all", "Agents", "Read me"]);
  });

  test.describe("when two change one dashboard", () => {
    test.use({ expectedErrors: [/409/] });
    test("the slower one decides, and nothing is lost", async ({ page }) => {
      const path = await made(page, "Shared");
      await page.goto(`${path}?edit=true`);
      await page.getByLabel("Name", { exact: true }).fill("Mine");
      const id = path.split("/").at(-1);
      const theirs = { name: "Theirs", spec: SPEC, based_on: 1 };
      expect((await page.request.put(`${DASHBOARDS}/${id}`, { data: theirs })).status()).toBe(200);
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.getByText("saved this dashboard meanwhile")).toBeVisible();
      await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Mine");
      await page.getByRole("button", { name: "Keep mine as a copy" }).click();
      await expect(page.getByRole("heading", { level: 1, name: "Theirs" })).toBeVisible();
      await page.getByRole("link", { name: "All dashboards" }).click();
      await expect(page.getByRole("link", { name: "Mine (copy)" })).toBeVisible();
    });
  });

  test.describe("a file", () => {
    test.use({ expectedErrors: [/422/] });
    test("is exported, refused with its field when it is wrong, and imported", async ({ page }, info) => {
      await page.goto(await made(page, "To go"));
      await page.getByRole("button", { name: "Change To go" }).click();
      const coming = page.waitForEvent("download");
      await page.getByRole("menuitem", { name: "Export JSON" }).click();
      const file = await coming;
      expect(file.suggestedFilename()).toBe("to-go.json");
      const text = await readFile(await file.path(), "utf8");
      const wrong = info.outputPath("wrong.json");
      await writeFile(wrong, text.replace(METRIC, ""));
      const right = info.outputPath("right.json");
      await writeFile(right, text.replace('"To go"', '"Arrived"'));

      await page.goto("/dashboard/dashboards");
      await page.getByLabel("File of a dashboard").setInputFiles(wrong);
      const refused = page.getByRole("dialog", { name: "The file was not imported" });
      await expect(refused.getByText("spec.panels.0.timeseries.queries.0.metric")).toBeVisible();
      await expectAccessible(page);
      await refused.getByRole("button", { name: "Close" }).last().click();
      await page.getByLabel("File of a dashboard").setInputFiles(right);
      await expect(page.getByRole("heading", { level: 1, name: "Arrived" })).toBeVisible();
      await expect.poll(() => titles(page)).toEqual(["Load in all", "Agents", "Read me"]);
    });
  });

  test("a query of Explore becomes a panel", async ({ page }) => {
    await made(page, "Growing");
    await page.goto(`/dashboard/explore?a.metric=${METRIC}&a.by=agent`);
    await page.getByRole("button", { name: "Add query A to a dashboard" }).click();
    const dialog = page.getByRole("dialog", { name: "Add to a dashboard" });
    await dialog.getByRole("combobox", { name: "Dashboard" }).fill("Grow");
    await page.getByRole("option", { name: "Growing" }).click();
    await dialog.getByLabel("Title of the panel").fill("From Explore");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("link", { name: "Open the dashboard" }).click();
    await expect.poll(() => titles(page)).toEqual(["Load in all", "Agents", "Read me", "From Explore"]);
  });
});
