import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AgentWatcher } from "./live";

type Answer = (answer: { ok: boolean }) => void;

/** A connection whose steps the test takes. */
const socket = vi.hoisted(() => {
  const listeners = new Map<string, (...given: unknown[]) => void>();
  return {
    listeners,
    connected: false,
    active: true,
    watches: [] as Answer[],
    on: (name: string, listener: (...given: unknown[]) => void) => listeners.set(name, listener),
    connect: vi.fn(),
    disconnect: vi.fn(),
    emit: vi.fn(),
    timeout: () => ({ emit: (_: string, __: object, answer: Answer) => socket.watches.push(answer) }),
  };
});

vi.mock("socket.io-client", () => ({ io: () => socket }));

const { live } = await import("./live");

function comesUp(): void {
  socket.connected = true;
  socket.listeners.get("connect")?.();
}

function confirms(): void {
  for (const answer of socket.watches.splice(0)) answer({ ok: true });
}

/** Watches an agent and says what came of it. */
function watching(agent: number) {
  const seen = { begun: false, resyncs: 0 };
  const watcher = { resync: () => (seen.resyncs += 1) } as unknown as AgentWatcher;
  void live.watchAgent(agent, watcher).then(() => {
    seen.begun = true;
  });
  return seen;
}

beforeEach(async () => {
  vi.useFakeTimers();
  socket.connected = false;
  live.open();
  await vi.waitFor(() => expect(socket.connect).toHaveBeenCalled());
});

afterEach(() => {
  live.unwatchAgent(7);
  live.close();
  socket.connect.mockClear();
  vi.useRealTimers();
});

test("a watch that begins just before the connection waits for it, and has missed nothing", async () => {
  const seen = watching(7);
  await vi.advanceTimersByTimeAsync(100);
  comesUp();
  await vi.advanceTimersByTimeAsync(50);
  expect(seen.begun).toBe(false);
  confirms();
  await vi.advanceTimersByTimeAsync(0);
  expect(seen).toEqual({ begun: true, resyncs: 0 });
});

test("history does not wait long for a connection, and is asked for again when there is one", async () => {
  const seen = watching(7);
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen).toEqual({ begun: true, resyncs: 0 });
  comesUp();
  confirms();
  await vi.advanceTimersByTimeAsync(0);
  expect(seen.resyncs).toBe(1);
});

test("whoever watched before the connection was lost may have missed something", async () => {
  comesUp();
  const seen = watching(7);
  confirms();
  await vi.advanceTimersByTimeAsync(0);
  expect(seen).toEqual({ begun: true, resyncs: 0 });
  socket.connected = false;
  socket.listeners.get("disconnect")?.("transport close");
  comesUp();
  confirms();
  await vi.advanceTimersByTimeAsync(0);
  expect(seen.resyncs).toBe(1);
});
