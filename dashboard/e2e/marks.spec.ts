import { expect, expectAccessible, expectNoSidewaysScroll, openOwnAgent, test } from "./fixtures";

test("a job's deployment is seen on the machine's charts and in Explore, with its words and its link", async ({
  page,
  request,
}, info) => {
  const title = `deploy web ${info.project.name}`;
  const { items } = await (await request.get("/api/v1/agents?type=host")).json();
  const body = {
    title,
    kind: "deploy",
    text: "from 1.3",
    url: "https://ci.example/7",
    tags: ["web"],
    key: title.replaceAll(" ", "-"),
  };
  for (const status of [201, 200]) {
    const data = { ...body, agents: [items[0].id], time: Date.now() / 1000 - 20 };
    expect((await request.post("/api/v1/annotations", { data })).status()).toBe(status);
  }
  await openOwnAgent(page);
  const lane = page.getByRole("region", { name: "Marks" });
  await lane.getByRole("button", { name: new RegExp(`^${title}: deployment by admin`) }).click();
  const dialog = page.getByRole("dialog", { name: title });
  await expect(dialog).toContainText("from 1.3");
  await expect(dialog.getByRole("link", { name: /https:\/\/ci\.example\/7/ })).toHaveAttribute("rel", /noopener/);
  await expect(dialog.getByRole("region", { name: "Machines" })).toContainText(items[0].name);
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expectNoSidewaysScroll(page);

  await page.goto("/dashboard/explore");
  await page.getByRole("button", { name: /How busy is each environment/ }).click();
  await page
    .getByRole("region", { name: "Marks" })
    .getByRole("button", { name: new RegExp(title) })
    .click();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByText(`“${title}” was deleted`)).toBeVisible();
  await expect(
    page.getByRole("region", { name: "Marks" }).getByRole("button", { name: new RegExp(title) }),
  ).toHaveCount(0);
  await page.getByRole("button", { name: "Add a note" }).click();
  await expect(page.getByRole("dialog", { name: "Note for the whole fleet" })).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

test("a note is added to a machine, and taken back", async ({ page }, info) => {
  const title = `moved racks ${info.project.name}`;
  await openOwnAgent(page);
  const lane = page.getByRole("region", { name: "Marks" });
  await lane.getByRole("button", { name: "Add a note" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("What happened").fill(title);
  await dialog.getByLabel("More about it").fill("row 4\nrow 5");
  await expectNoSidewaysScroll(page);
  await dialog.getByRole("button", { name: "Add note" }).click();
  const note = lane.getByRole("button", { name: new RegExp(title) });
  await expect(note).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(note).toHaveCount(0);
});
