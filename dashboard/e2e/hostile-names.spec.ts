import { expect, test } from "./fixtures";

const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>{{7*7}}\u202e';

test("names that agents give themselves are shown as text", async ({ page, request }) => {
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => dialogs.push(dialog.message()) && dialog.dismiss());
  const { token } = await (await request.post("/api/v1/enrollment-tokens", { data: {} })).json();
  // What is not printable is refused; all else is a name.
  const refused = await request.post("/api/v1/agents/register", {
    headers: { Authorization: `Bearer ${token}` },
    data: { name: `a\nb${HOSTILE}`, type: "hostile", host: "host" },
  });
  expect(refused.status()).toBe(422);
  const name = HOSTILE.slice(0, -1);
  const registered = await request.post("/api/v1/agents/register", {
    headers: { Authorization: `Bearer ${token}` },
    data: { name, type: "hostile", host: name, metadata: { [name]: name }, tags: ["a"] },
  });
  expect(registered.status()).toBe(201);
  const { id, credential } = await registered.json();
  try {
    const sent = await request.post(`/api/v1/agents/${id}/metrics`, {
      headers: { Authorization: `Bearer ${credential}` },
      data: { samples: [{ metric: "a", value: 1, labels: { k: name }, unit: "<b>x</b>" }] },
    });
    expect(sent.status()).toBe(200);
    await page.goto("/dashboard/agents?type=hostile");
    const link = page.getByRole("table", { name: "Agents" }).getByRole("link").first();
    await expect(link).toContainText(name);
    await link.click();
    await expect(page.getByText(name, { exact: false }).first()).toBeVisible();
    await expect(page.locator('img[src="x"]')).toHaveCount(0);
    expect(await page.title()).not.toMatch(/^[12]$/);
    expect(dialogs).toEqual([]);
  } finally {
    await page.goto("about:blank"); // so that the page asks for nothing of an agent that is gone
    await request.delete(`/api/v1/agents/${id}`);
  }
});
