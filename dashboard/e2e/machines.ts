// Real agents beside the stack's own, each with a policy of its owner in a folder of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { APIRequestContext } from "@playwright/test";
import { expect } from "./fixtures";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const READY_MS = 60_000;

export interface Policy {
  actions: Record<string, Record<string, unknown>>;
  signers: { hub: boolean; operators?: { name: string; key: string }[] };
}

export interface Script {
  text: string;
  parameters?: Record<string, unknown>;
}

/** A machine whose owner allows something. */
export class Machine {
  readonly name: string;
  readonly folder: string;
  id = 0;
  private process: ChildProcess | null = null;

  private constructor(name: string, folder: string) {
    this.name = name;
    this.folder = folder;
  }

  static async start(
    request: APIRequestContext,
    name: string,
    policy: Policy,
    scripts: Record<string, Script>,
  ): Promise<Machine> {
    const machine = new Machine(name, await mkdtemp(join(tmpdir(), "opsentrix-e2e-machine-")));
    await mkdir(join(machine.folder, "actions.d"), { mode: 0o755 });
    for (const [script, { text, parameters = {} }] of Object.entries(scripts)) {
      await machine.write(`actions.d/${script}`, text, 0o755);
      await machine.write(`actions.d/${script}.json`, JSON.stringify({ parameters }), 0o644);
    }
    await machine.allow(policy);
    await machine.enroll(request);
    return machine;
  }

  /** Replaces what its owner allows; it is read anew for each command, and told after a while. */
  async allow(policy: Policy): Promise<void> {
    await this.write("policy.json", JSON.stringify(policy), 0o644);
  }

  async stop(request: APIRequestContext): Promise<void> {
    if (this.process !== null && this.process.exitCode === null) {
      const ended = once(this.process, "exit");
      this.process.kill("SIGTERM");
      await ended;
    }
    await request.delete(`/api/v1/agents/${this.id}`);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async enroll(request: APIRequestContext): Promise<void> {
    const server = process.env.OPSENTRIX_E2E_URL ?? "";
    const config = join(this.folder, "agent.json");
    const settings = { server_url: server, name: this.name, state_dir: join(this.folder, "state") };
    await this.write("agent.json", JSON.stringify(settings), 0o644);
    const { token } = await (await request.post("/api/v1/enrollment-tokens", { data: {} })).json();
    const options = ["--config", config, "--server", server, "--name", this.name, "--type", "e2e", "--token-file", "-"];
    const enrolling = agent(["enroll", ...options]);
    enrolling.stdin?.end(token);
    expect(await once(enrolling, "exit")).toEqual([0, null]);
    this.process = agent(["run", "--config", config]);
    const allowed = async () => {
      const { items } = await (await request.get("/api/v1/agents?type=e2e")).json();
      this.id = items.find(({ name }: { name: string }) => name === this.name)?.id ?? 0;
      if (this.id === 0) return 0;
      return (await (await request.get(`/api/v1/agents/${this.id}/actions`)).json()).items.length;
    };
    await expect.poll(allowed, { timeout: READY_MS }).toBeGreaterThan(0);
  }

  private async write(name: string, text: string, mode: number): Promise<void> {
    const path = join(this.folder, name);
    await writeFile(path, text);
    await chmod(path, mode);
  }
}

/** A process of `opsentrix-agent`. */
export function agent(options: string[]): ChildProcess {
  return spawn("uv", ["run", "--no-sync", "opsentrix-agent", ...options], {
    cwd: ROOT,
    stdio: ["pipe", "ignore", "ignore"],
  });
}
