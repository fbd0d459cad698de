import type { APIRequestContext, Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";
import { invite, logInAs, setPassword } from "./totp";

// Journeys with a backtest, live alerts and axe in both themes: on a machine that does other things they take a minute.
test.describe.configure({ timeout: 180_000 });

interface Sensor {
  id: number;
  name: string;
  post: (samples: object[]) => Promise<void>;
  remove: () => Promise<void>;
}

/** An agent that has sent a temperature each 10 s for 20 minutes, and was hot from the 5th to the 10th. */
async function enrollSensor(request: APIRequestContext, name: string): Promise<Sensor> {
  const { token } = await (await request.post("/api/v1/enrollment-tokens", { data: {} })).json();
  const data = { name, type: "sensor", host: name };
  const headers = { Authorization: `Bearer ${token}` };
  const { id, credential } = await (await request.post("/api/v1/agents/register", { headers, data })).json();
  const post = async (samples: object[]) => {
    const sent = await request.post(`/api/v1/agents/${id}/metrics`, {
      headers: { Authorization: `Bearer ${credential}` },
      data: { samples },
    });
    expect(sent.status()).toBe(200);
  };
  const begin = Math.floor(Date.now() / 1000) - 1200;
  await post(
    Array.from({ length: 119 }, (_, at) => ({
      metric: "room.temperature",
      labels: { rack: name },
      time: begin + at * 10,
      value: at >= 30 && at < 60 ? 35 : 21,
    })),
  );
  return { id, name, post, remove: async () => void (await request.delete(`/api/v1/agents/${id}`)) };
}

async function openNewRule(page: Page): Promise<void> {
  await page.goto("/dashboard/alerts/rules");
  await page.getByRole("link", { name: "New rule" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "New rule" })).toBeVisible();
}

test("an admin writes a rule, mends it, tries it on history, sees it fire, and switches it off and on", async ({
  page,
  request,
}, info) => {
  const sensor = await enrollSensor(request, `rack-${info.project.name}`);
  const name = `Rack too hot ${info.project.name}`;
  try {
    await openNewRule(page);
    await expectAccessible(page);
    const expression = page.getByRole("textbox", { name: "Expression" });
    await page.getByLabel("Name").fill(name);
    await page.getByText("Critical", { exact: true }).click();
    await expression.fill(`room.temperature{rack=${sensor.name}} > 30 onn type=sensor`);
    const mend = page.getByRole("button", { name: "Use on instead" });
    await expect(mend).toBeVisible();
    await expect(page.getByRole("button", { name: "Create rule" })).toBeDisabled();
    await expectAccessible(page);
    await mend.click();
    await expect(page.getByText("About agents whose type is sensor.")).toBeVisible();
    await expect(page.getByText(/About \d+ agent/)).toBeVisible();
    await expectNoSidewaysScroll(page);

    await page.getByRole("radio", { name: "1 h", exact: true }).click();
    await page.getByRole("button", { name: "Run backtest" }).click();
    const episodes = page.getByRole("list", { name: "Episodes" }).getByRole("listitem");
    await expect(episodes).toHaveCount(1);
    await expect(episodes.first()).toContainText(sensor.name);
    await expect(episodes.first()).toContainText("worst 35");
    await expect(page.getByRole("figure", { name: "Alerts over time" })).toBeVisible();
    await expect(page.getByRole("figure", { name: new RegExp(`^${sensor.name}`) })).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);

    await page.getByRole("button", { name: "Create rule" }).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await sensor.post([{ metric: "room.temperature", labels: { rack: sensor.name }, value: 40 }]);
    await expect(page.getByText("1 firing")).toBeVisible({ timeout: 30_000 });
    await expectAccessible(page);

    await page.goto(`/dashboard/alerts/rules?q=${encodeURIComponent(name)}`);
    const turn = page.getByRole("switch", { name });
    await expect(page.getByRole("list", { name: "Rules" })).toContainText("1 firing");
    await turn.click();
    await expect(turn).not.toBeChecked();
    await expect(page.getByRole("status").filter({ hasText: "is off; 1 alert ends" })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(turn).toBeChecked();
    await expectNoSidewaysScroll(page);
  } finally {
    await sensor.remove();
  }
});

test("what is written is completed by the keyboard", async ({ page }) => {
  await openNewRule(page);
  const expression = page.getByRole("textbox", { name: "Expression" });
  await expression.pressSequentially("avg");
  await expect(page.getByRole("option", { name: /^avg/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expression.pressSequentially("system.cpu.util");
  await expect(page.getByRole("option", { name: /^system\.cpu\.utilization/ })).toHaveAttribute(
    "aria-selected",
    "true",
  );
  await expectAccessible(page);
  await page.keyboard.press("Tab");
  await expression.pressSequentially("{sta");
  await page.keyboard.press("Enter");
  await expect(expression).toHaveValue("avg(system.cpu.utilization{state=");
  await expect(page.getByRole("option", { name: "idle" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("listbox")).toHaveCount(0);
});

test.describe("a rule that exists", () => {
  // Somebody else changes it meanwhile: the hub refuses what has not seen that.
  test.use({ expectedErrors: [/409 \(Conflict\)/] });

  test("a rule keeps what it was, knows exceptions, and does not lose what is not saved", async ({
    page,
    request,
  }, info) => {
    const name = `Long queue ${info.project.name}`;
    const made = await request.post("/api/v1/alert-rules", { data: { name, expression: "app.queue > 10 for 5m" } });
    const { id } = await made.json();
    await page.goto(`/dashboard/alerts/rules/${id}`);
    const expression = page.getByRole("textbox", { name: "Expression" });
    await expect(expression).toHaveValue("app.queue > 10 for 5m");
    await expect(page.getByText("No data yet")).toBeVisible();
    await expression.fill("app.queue > 20 for 5m");
    await page.getByRole("link", { name: "All rules" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Stay" }).click();
    await page.getByRole("button", { name: "Save changes" }).click();
    const versions = page.getByRole("list", { name: "Versions" });
    await expect(versions.getByRole("listitem")).toHaveCount(2);
    await expect(versions.locator("del")).toHaveText("10");
    await expect(versions.locator("ins")).toHaveText("20");

    await page.getByRole("button", { name: "Add", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("radio").first().check();
    await dialog.getByLabel("Threshold", { exact: true }).fill("100");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Add exception" }).click();
    await expect(page.getByRole("list", { name: "Exceptions" })).toContainText("threshold 100");

    // Somebody else is faster.
    await expression.fill("app.queue > 30 for 5m");
    const theirs = { name, expression: "app.queue > 25 for 10m", based_on: 2 };
    expect((await request.put(`/api/v1/alert-rules/${id}`, { data: theirs })).status()).toBe(200);
    await page.getByRole("button", { name: "Save changes" }).click();
    await expect(page.getByText("changed this rule while you did")).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await page.getByRole("button", { name: "Keep mine" }).click();
    await page.getByRole("button", { name: "Save changes" }).click();
    await expect(versions.getByRole("listitem")).toHaveCount(4);

    await page.getByRole("main").getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await expect(dialog).toContainText("None of its targets alarms now");
    await dialog.getByRole("button", { name: "Remove" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Rules" })).toBeVisible();
    await expect(page.getByText(name)).toHaveCount(0);
  });
});

test("a group switches its rules together", async ({ page, request }, info) => {
  const name = `Shop ${info.project.name}`;
  await page.goto("/dashboard/alerts/rules?view=groups");
  await page.getByRole("button", { name: "Add group" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Agents").fill("typ=host");
  await expect(dialog.getByText("agents are not chosen by 'typ' (at character 1)")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByLabel("Agents").fill("type=host");
  await dialog.getByRole("button", { name: "Add group" }).click();
  const group = page.getByRole("list", { name: "Rule groups" }).getByRole("listitem").filter({ hasText: name });
  await expect(group).toContainText("on type=host");
  await expect(group).toContainText("1 agent");
  await group.getByRole("switch").click();
  await expect(group.getByRole("switch")).not.toBeChecked();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(group.getByRole("switch")).toBeChecked();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  const { items } = await (await request.get("/api/v1/alert-rule-groups")).json();
  for (const one of items) if (one.name === name) await request.delete(`/api/v1/alert-rule-groups/${one.id}`);
});

test("a viewer reads rules, and is told what changing them needs", async ({ browser, page }, info) => {
  const name = `reader-${info.project.name}`;
  const context = await browser.newContext({
    baseURL: process.env.OPSENTRIX_E2E_URL ?? "",
    viewport: page.viewportSize(),
    storageState: { cookies: [], origins: [] },
  });
  const theirs = await context.newPage();
  await setPassword(theirs, await invite(page.request, name), "a-long-password-to-read");
  await theirs.goto("/dashboard/login?redirect=%2Falerts%2Frules");
  await logInAs(theirs, name, "a-long-password-to-read");
  await expect(theirs.getByRole("switch", { name: "Disk space low" })).toBeDisabled();
  await theirs.getByRole("link", { name: "Disk space low" }).click();
  await expect(theirs.getByText("Changing a rule needs")).toBeVisible();
  await expect(theirs.getByRole("textbox", { name: "Expression" })).not.toBeEditable();
  await expect(theirs.getByRole("button", { name: "Run backtest" })).toBeEnabled();
  await expectAccessible(theirs);
  await expectNoSidewaysScroll(theirs);
  await context.close();
});
