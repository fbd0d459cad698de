// From the first login on a hub that knows nothing to the first chart, and what is to be done next.
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, expectAccessible, expectNoSidewaysScroll, logIn, openSettings, test } from "./fixtures";
import { agent } from "./machines";
import { freePort, startHub } from "./stack";

const PASSWORD = "first-horse-battery";

test.use({ storageState: { cookies: [], origins: [] } });

test("a newcomer adds a server, sees it arrive, looks at its first chart, and is told what is next", async ({
  page,
}, info) => {
  test.setTimeout(240_000);
  const grpc = String(await freePort());
  const hub = await startHub("hub", await freePort(), {
    OPSENTRIX_ADMIN_PASSWORD: PASSWORD,
    OPSENTRIX_GRPC_PORT: grpc,
    // What the stack's own hub is told of its provider does not concern this one.
    OPSENTRIX_OIDC_ISSUER: "",
  });
  const folder = await mkdtemp(join(tmpdir(), "opsentrix-e2e-first-"));
  const name = `first-${info.project.name}`;
  let running: ReturnType<typeof agent> | null = null;
  try {
    await page.goto(`${hub.url}/dashboard/`);
    await logIn(page, PASSWORD);
    await expect(page.getByRole("heading", { name: "No server yet" })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Add your first server" }).click();
    const dialog = page.getByRole("dialog", { name: "Add a server" });
    const command = await dialog.getByRole("region", { name: "Commands for the agent" }).textContent();
    const token = /--token=(\S+)/.exec(command ?? "")?.[1] ?? "";

    // What the installer does, without root.
    const config = join(folder, "agent.json");
    await writeFile(config, JSON.stringify({ server_url: hub.url, name, state_dir: join(folder, "state") }));
    const options = ["--config", config, "--server", hub.url, "--name", name, "--token-file", "-"];
    const enrolling = agent(["enroll", ...options]);
    enrolling.stdin?.end(token);
    expect(await once(enrolling, "exit")).toEqual([0, null]);
    running = agent(["run", "--config", config]);
    await expect(dialog.getByText(`First sample received from ${name}`)).toBeVisible({ timeout: 60_000 });
    await dialog.getByRole("link", { name: "Open" }).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await expect(page.getByRole("figure", { name: "CPU by state, all cores" })).toBeVisible();

    await page.goto(`${hub.url}/dashboard/`);
    const next = page.getByRole("region", { name: "First steps" });
    await expect(next).toContainText("2 of 5 done");
    await expect(next.getByRole("link", { name: /A server reports \(done\)/ })).toContainText(name);
    await expect(next.getByRole("link", { name: /Rules watch \(done\)/ })).toContainText(/\d+ are on/);
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await next.getByRole("link", { name: /Choose who is told/ }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Notifications" })).toBeVisible();

    // Done is what is so, whoever did it and wherever.
    const invited = await page.request.post(`${hub.url}/api/v1/users`, { data: { username: "ann", role: "viewer" } });
    expect(invited.ok(), await invited.text()).toBe(true);
    await page.goto(`${hub.url}/dashboard/`);
    await expect(next).toContainText("3 of 5 done");
    await expect(next.getByRole("link", { name: /Others can log in \(done\)/ })).toBeVisible();

    await next.getByRole("button", { name: "Put the first steps aside" }).click();
    await expect(next).toHaveCount(0);
    await expect(page.getByText("Nobody is told of incidents yet.")).toBeVisible();
    await page.reload();
    await expect(page.getByRole("list", { name: "Agents by state" })).toBeVisible();
    await expect(next).toHaveCount(0);
    await openSettings(page, "Choose who is told");
    await expect(page.getByRole("heading", { level: 1, name: "Notifications" })).toBeVisible();
  } finally {
    // An open page would go on looking for the hub that ends now.
    await page.goto("about:blank");
    if (running !== null && running.exitCode === null) {
      const ended = once(running, "exit");
      running.kill("SIGTERM");
      await ended;
    }
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
