import { expect, expectNoSidewaysScroll, test } from "./fixtures";

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

test("the longest names make no page wider than the screen", async ({ page, request, alertRule }, info) => {
  test.setTimeout(120_000);
  const { token } = await (await request.post("/api/v1/enrollment-tokens", { data: {} })).json();
  const registered = await request.post("/api/v1/agents/register", {
    headers: { Authorization: `Bearer ${token}` },
    data: { name: "n".repeat(128), type: "long", host: "h".repeat(128), tags: ["g".repeat(64), "t".repeat(64)] },
  });
  expect(registered.status()).toBe(201);
  const { id, credential } = await registered.json();
  const metric = `long.${info.project.name}.${"m".repeat(60)}`;
  const rule = await alertRule(`${info.project.name} ${"r".repeat(100)}`, `${metric} > 5`);
  try {
    await request.patch(`/api/v1/agents/${id}`, { data: { environment: "e".repeat(64) } });
    const fires = async () => {
      const sent = await request.post(`/api/v1/agents/${id}/metrics`, {
        headers: { Authorization: `Bearer ${credential}` },
        data: { samples: [{ metric, value: 9, labels: { ["k".repeat(60)]: "v".repeat(200) } }] },
      });
      expect(sent.status(), await sent.text()).toBe(200);
      const { items } = await (await request.get(`/api/v1/alerts?agent=${id}`)).json();
      return items[0]?.incident ?? 0;
    };
    await expect.poll(fires, { timeout: 30_000 }).toBeGreaterThan(0);
    const incident = await fires();
    for (const path of [
      "",
      "agents",
      "agents?by=environment",
      `agents/${id}`,
      "alerts",
      "incidents",
      `incidents/${incident}`,
      "alerts/rules",
      `alerts/rules/${rule}`,
      `alerts/why?agent=${id}&rule=${rule}`,
      `explore?a.metric=${metric}&a.by=label:${"k".repeat(60)}`,
    ]) {
      await page.goto(`/dashboard/${path}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      // What makes a page wide is on it.
      await expect(page.getByText(/n{40}|r{40}|m{40}|e{40}/).first(), path).toBeAttached();
      await expectNoSidewaysScroll(page);
    }
  } finally {
    await page.goto("about:blank");
    await request.delete(`/api/v1/agents/${id}`);
  }
});
