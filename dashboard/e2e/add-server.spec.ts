import { expect, expectAccessible, test } from "./fixtures";

const HUB = process.env.OPSENTRIX_E2E_URL ?? "";

/** A request as a script makes it: a bearer token and no browser. */
async function post(path: string, token: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${HUB}${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(response.ok, `${path}: ${response.status}`).toBe(true);
  return response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>);
}

test("a script registers with the token shown and its metric appears, live", async ({ page }, info) => {
  const name = `script-${info.project.name}`;
  await page.goto(`/dashboard/agents?q=${name}`);
  await page.getByRole("button", { name: "Add a server" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a server" });
  await expect(dialog.getByText("Waiting for the first sample")).toBeVisible();
  await dialog.getByLabel("Name (optional)").fill(name);
  const command = await dialog.getByRole("region", { name: "Commands for the agent" }).textContent();
  expect(command).toContain(`${HUB}/install/agent-installer.sh`);
  await dialog.getByRole("tab", { name: "Any language (curl)" }).click();
  await expect(dialog.getByRole("region", { name: "Commands for curl" })).toContainText(`"name":"${name}"`);
  await expectAccessible(page);

  const other = await page.request.post("/api/v1/enrollment-tokens", { data: {} });
  const stranger = await post("/api/v1/agents/register", (await other.json()).token, {
    name: `other-${name}`,
    type: "script",
    host: "localhost",
  });
  await expect(page.getByText(`other-${name}`)).not.toHaveCount(0);
  await expect(dialog.getByText("Waiting for the first sample")).toBeVisible();

  const token = /--token=(\S+)/.exec(command ?? "")?.[1] ?? "";
  const agent = await post("/api/v1/agents/register", token, { name, type: "script", host: "localhost" });
  const credential = String(agent.credential);
  await expect(dialog.getByText(`${name} has registered`)).toBeVisible();
  await post(`/api/v1/agents/${agent.id}/heartbeat`, credential, { status: "online" });
  await post(`/api/v1/agents/${agent.id}/metrics`, credential, { metrics: { cpu_usage: 42.5 } });
  await expect(dialog.getByText(`First sample received from ${name}`)).toBeVisible();

  await dialog.getByRole("link", { name: "Open" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  const chart = page.getByRole("figure", { name: "cpu_usage" });
  await expect(chart).toContainText("42.5");
  await post(`/api/v1/agents/${agent.id}/metrics`, credential, { metrics: { cpu_usage: 17 } });
  await expect(chart).toContainText("17");

  await page.getByRole("button", { name: "Change or delete this agent" }).click();
  await page.getByRole("menuitem", { name: "Delete agent" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete agent" }).click();
  await expect(page.getByRole("heading", { name: "Agents" })).toBeVisible();
  await page.request.delete(`/api/v1/agents/${stranger.id}`);
  await expect(page.getByRole("link", { name })).toHaveCount(0);
});
