// Starts hub, database and agent for the journeys, unless OPSENTRIX_E2E_URL names a hub that runs already.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startProvider } from "./provider";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 30_000;

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

async function isUp(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    // Nothing listens yet.
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const late = pause(STOP_LIMIT_MS, "late" as const, { ref: false });
  if ((await Promise.race([ended, late])) === "late") {
    child.kill("SIGKILL");
    throw new Error(`opsentrix up did not stop within ${STOP_LIMIT_MS / 1000} s`);
  }
}

/** A hub that runs; `stop` ends it and forgets what it knew. */
export interface Running {
  url: string;
  stop: () => Promise<void>;
}

/** Starts `opsentrix` with a new data folder, at `port`. */
export async function startHub(
  command: "up" | "hub",
  port: number,
  settings: Record<string, string>,
): Promise<Running> {
  const data = await mkdtemp(join(tmpdir(), "opsentrix-e2e-"));
  const url = `http://127.0.0.1:${port}`;
  const child = spawn("uv", ["run", "--no-sync", "opsentrix", command], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...settings,
      OPSENTRIX_HOST: "127.0.0.1",
      OPSENTRIX_PORT: String(port),
      OPSENTRIX_DATA_DIR: data,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
    });
  }
  const limit = Date.now() + START_LIMIT_MS;
  while (!(await isUp(url))) {
    if (child.exitCode !== null || Date.now() > limit) {
      await stop(child);
      throw new Error(`opsentrix ${command} did not come up:\n${output}`);
    }
    await pause(250);
  }
  return {
    url,
    stop: async () => {
      await stop(child);
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Called by Playwright before the first test; what it returns is called after the last. */
export default async function startStack(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.OPSENTRIX_E2E_URL !== undefined) return undefined;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  process.env.OPSENTRIX_E2E_URL = url;
  const provider = await startProvider(url);
  process.env.OPSENTRIX_E2E_PROVIDER = provider.settings.OPSENTRIX_OIDC_ISSUER;
  process.env.OPSENTRIX_E2E_PASSWORD = "correct-horse-battery";
  try {
    const hub = await startHub("up", port, {
      ...provider.settings,
      OPSENTRIX_ADMIN_PASSWORD: process.env.OPSENTRIX_E2E_PASSWORD,
    });
    return async () => {
      await hub.stop();
      await provider.stop();
    };
  } catch (error) {
    await provider.stop();
    throw error;
  }
}
