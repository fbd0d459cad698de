import type { APIRequestContext, Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

interface Machine {
  id: number;
  name: string;
}

const enrolled: number[] = [];
test.afterAll(async ({ browser, session }) => {
  const context = await browser.newContext({ baseURL: process.env.OPSENTRIX_E2E_URL ?? "", storageState: session });
  // The fleet of other journeys must not be full of what is offline. Some are gone by now.
  for (const id of enrolled) await context.request.delete(`/api/v1/agents/${id}`);
  await context.close();
});

/** Machines that only registered: nothing more is needed to change and delete them. */
async function enroll(request: APIRequestContext, names: string[]): Promise<Machine[]> {
  const { token } = await (
    await request.post("/api/v1/enrollment-tokens", { data: { max_uses: names.length } })
  ).json();
  const machines = [];
  for (const name of names) {
    const made = await request.post("/api/v1/agents/register", {
      headers: { Authorization: `Bearer ${token}` },
      data: { name, type: "bulk", host: name, environment: "lab", tags: ["old"] },
    });
    expect(made.status(), await made.text()).toBe(201);
    const { id } = await made.json();
    machines.push({ id, name });
    enrolled.push(id);
  }
  return machines;
}

const standing = async (request: APIRequestContext, { id }: Machine) => {
  const { environment, tags } = await (await request.get(`/api/v1/agents/${id}`)).json();
  return { environment, tags };
};

async function choose(page: Page, query: string, count: number): Promise<void> {
  await page.goto(`/dashboard/agents?type=bulk&q=${query}`);
  await page.getByRole("button", { name: "Choose", exact: true }).click();
  await page.getByRole("button", { name: `All ${count} shown` }).click();
}

async function act(page: Page, name: RegExp): Promise<void> {
  await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Change" }).click();
  await page.getByRole("menuitem", { name }).click();
}

test("tags and environments of many change, and go back as they were", async ({ page, request }, info) => {
  const q = `tag-${info.project.name}`;
  const machines = await enroll(request, [`${q}-1`, `${q}-2`]);
  const [first] = machines as [Machine, Machine];
  await request.patch(`/api/v1/agents/${first.id}`, { data: { tags: ["old", "mine"] } });
  await choose(page, q, 2);
  await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Change" }).click();
  await expect(page.getByRole("menuitem", { name: "Delete…" })).toBeVisible();
  await page.getByRole("menuitem", { name: "Tags and environment…" }).click();
  const dialog = page.getByRole("dialog", { name: "Tags and environment of 2 machines" });
  await expect(dialog.getByRole("region", { name: "Machines" })).toContainText(first.name);
  await dialog.getByLabel("Add tags").fill("old");
  await expect(dialog.getByRole("status")).toHaveText("All of them are so already.");
  await dialog.getByLabel("Add tags").fill("eu, new");
  await dialog.getByLabel("Environment").fill(`prod-${info.project.name}`);
  await dialog.getByRole("button", { name: "Choose tags" }).click();
  await page.getByRole("menuitemcheckbox", { name: "mine" }).click();
  await page.keyboard.press("Escape");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await dialog.getByRole("button", { name: "Change 2 machines" }).click();
  await expect(page.getByText("2 machines changed")).toBeVisible();
  await expect(page.getByRole("table", { name: "Agents" })).toContainText(`prod-${info.project.name}`);
  expect(await standing(request, first)).toEqual({
    environment: `prod-${info.project.name}`,
    tags: ["old", "eu", "new"],
  });
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("table", { name: "Agents" })).not.toContainText(`prod-${info.project.name}`);
  await expect(page.getByText("2 machines changed")).toHaveCount(0);
  expect(await standing(request, first)).toEqual({ environment: "lab", tags: ["old", "mine"] });
});

test("what the hub refuses is taken back in the list, and named", async ({ page, request }, info) => {
  const q = `full-${info.project.name}`;
  const [full, other] = (await enroll(request, [`${q}-1`, `${q}-2`])) as [Machine, Machine];
  const many = Array.from({ length: 32 }, (_, at) => `t${at}`);
  await request.patch(`/api/v1/agents/${full.id}`, { data: { tags: many } });
  await choose(page, q, 2);
  await act(page, /^Tags/);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Add tags").fill("one-more");
  await dialog.getByRole("button", { name: "Change 2 machines" }).click();
  await expect(dialog.getByRole("alert")).toContainText(`${full.name}: It would have more than 32 tags.`);
  await expectAccessible(page);
  expect((await standing(request, full)).tags).toEqual(many);
  expect((await standing(request, other)).tags).toEqual(["old", "one-more"]);
});

test("many are silenced and planned for by one silence and one window", async ({ page, request }, info) => {
  const q = `hush-${info.project.name}`;
  const machines = await enroll(request, [`${q}-1`, `${q}-2`, `${q}-3`]);
  await choose(page, q, 3);
  await act(page, /^Silence/);
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("region", { name: "Machines" })).toContainText(`${q}-3`);
  await expect(dialog.getByRole("status")).toContainText("3 agents");
  await dialog.getByLabel("Why").fill(`racks ${info.project.name}`);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Silence" }).click();
  await expect(page.getByText(/Silent until/)).toBeVisible();
  const silenced = async () => {
    const { items } = await (await request.get("/api/v1/silences")).json();
    const mine = items.filter(({ comment }: { comment: string }) => comment === `racks ${info.project.name}`);
    return mine.map(({ agents }: { agents: number[] }) => agents);
  };
  expect(await silenced()).toEqual([machines.map(({ id }) => id)]);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(silenced).toEqual([]);

  await act(page, /^Plan maintenance/);
  await dialog.getByLabel("Name").fill(`patches ${q}`);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(`patches ${q} is planned`)).toBeVisible();
  await page.goto("/dashboard/quiet?tab=maintenance");
  const window = page.getByRole("listitem").filter({ hasText: `patches ${q}` });
  await expect(window).toContainText(`${q}-1, ${q}-2, ${q}-3`);
  await window.getByRole("button", { name: "Edit" }).click();
  await expect(dialog.getByRole("region", { name: "Machines" })).toContainText(`${q}-3`);
});

test("deletion asks for the number of machines", async ({ page, request }, info) => {
  const q = `gone-${info.project.name}`;
  const machines = await enroll(request, [`${q}-1`, `${q}-2`]);
  await choose(page, q, 2);
  await act(page, /^Delete/);
  const dialog = page.getByRole("dialog", { name: "Delete 2 machines?" });
  const button = dialog.getByRole("button", { name: "Delete 2 machines" });
  await expect(button).toBeDisabled();
  await dialog.getByLabel("Type 2 to confirm").fill("3");
  await expect(button).toBeDisabled();
  await dialog.getByLabel("Type 2 to confirm").fill("2");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await button.click();
  await expect(page.getByText("2 machines deleted")).toBeVisible();
  await expect(page.getByText("No agent matches these filters.")).toBeVisible();
  for (const { id } of machines) expect((await request.get(`/api/v1/agents/${id}`)).status()).toBe(404);
});
