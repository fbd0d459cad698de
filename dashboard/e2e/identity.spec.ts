import type { APIRequestContext } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

/** Registers an agent that waits for approval, as a program of any language would. */
async function registerWaiting(request: APIRequestContext, name: string): Promise<{ id: number; credential: string }> {
  const made = await request.post("/api/v1/enrollment-tokens", { data: { approval: true } });
  const { token } = await made.json();
  const answer = await request.post("/api/v1/agents/register", {
    headers: { Authorization: `Bearer ${token}` },
    data: { name, type: "script", host: `${name}.example`, metadata: { "os.description": "Debian 13" } },
  });
  expect(answer.status()).toBe(201);
  return answer.json();
}

function beat(request: APIRequestContext, { id, credential }: { id: number; credential: string }) {
  const headers = { Authorization: `Bearer ${credential}` };
  return request.post(`/api/v1/agents/${id}/heartbeat`, { headers, data: {} });
}

test("a person lets an agent in, takes its identity back and brings it back", async ({ page, request }) => {
  const name = `waiting-${Date.now()}`;
  const agent = await registerWaiting(page.request, name);
  expect((await beat(request, agent)).status()).toBe(403);

  await page.goto("/dashboard/agents");
  const waiting = page.getByRole("region", { name: /waits? for approval/ });
  await expect(waiting.getByText("Debian 13")).toBeVisible();
  await expectAccessible(page);
  await waiting.getByRole("button", { name: `Approve ${name}` }).click();
  await expect(page.getByRole("button", { name: `Approve ${name}` })).toHaveCount(0);
  expect((await beat(request, agent)).status()).toBe(204);

  await page.goto(`/dashboard/agents/${agent.id}`);
  const identity = page.getByRole("region", { name: "Identity" });
  await expect(identity.getByText(/^approved|admitted by admin/)).toBeVisible();
  await identity.getByRole("button", { name: "Revoke" }).click();
  await page.getByLabel("Reason (optional)").fill("stolen");
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("This agent was revoked")).toBeVisible();
  expect((await beat(request, agent)).status()).toBe(403);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await identity.getByRole("button", { name: "Enroll again" }).click();
  const commands = await page.getByRole("region", { name: "Commands to enroll again" }).textContent();
  const token = /oxe_[\w-]+/.exec(commands ?? "")?.[0] ?? "";
  const again = await request.post("/api/v1/agents/register", {
    headers: { Authorization: `Bearer ${token}` },
    data: { name: "whatever", type: "script", host: "h" },
  });
  const back = await again.json();
  expect(back.id).toBe(agent.id);
  expect((await beat(request, back)).status()).toBe(204);
  expect((await beat(request, agent)).status()).toBe(403);
  await page.request.delete(`/api/v1/agents/${agent.id}`);
});

test("a token gets an environment and tags, and a wrong one is named", async ({ page }) => {
  await page.goto("/dashboard/agents");
  await page.getByRole("button", { name: "Add a server" }).first().click();
  const commands = page.getByRole("region", { name: "Commands for the agent" });
  const first = await commands.textContent();
  await page.getByText("Environment, tags and approval").click();
  await page.getByLabel("Environment").fill("not valid!");
  await page.getByRole("button", { name: "Make this token" }).click();
  await expect(page.getByLabel("Environment")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Environment").fill("production");
  await page.getByLabel("Tags").fill("web, eu");
  await page.getByRole("button", { name: "Make this token" }).click();
  await expect(commands).toBeVisible();
  await expect(commands).not.toHaveText(first ?? "");
  const tokens = await (await page.request.get("/api/v1/enrollment-tokens")).json();
  expect(tokens.items[0]).toMatchObject({ environment: "production", tags: ["web", "eu"] });
  await expectAccessible(page);
});

test.use({ expectedErrors: [/status of 422/] });
