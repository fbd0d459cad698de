import { beforeEach, describe, expect, it, vi } from "vitest";
import { fetchAgents } from "@/api/calls";
import type { Agent, AgentPage } from "@/api/types";
import { FleetStore } from "./fleet";
import { LiveLink } from "./live";

vi.mock("@/api/calls");

const PAST = { t: [100], cpu: [0.5], memory: [0.5], disk: [0.5], network: [0.5] };

/** A hub with so many agents; notes what it was asked for. */
function hubOf(agents: number): { limit: number; sparklines: boolean }[] {
  const asked: { limit: number; sparklines: boolean }[] = [];
  vi.mocked(fetchAgents).mockImplementation((cursor, limit, sparklines) => {
    asked.push({ limit, sparklines });
    const first = Number(cursor ?? 0);
    const count = Math.min(limit, agents - first);
    const items = Array.from({ length: count }, (_, at) => ({
      id: first + at + 1,
      sparklines: sparklines ? PAST : null,
    })) as unknown as Agent[];
    const next_cursor = first + count < agents ? String(first + count) : null;
    return Promise.resolve<AgentPage>({ items, total: agents, next_cursor });
  });
  return asked;
}

const pasts = (store: FleetStore) => store.view.get().agents.filter(({ sparklines }) => sparklines !== null).length;

describe("FleetStore", () => {
  let store: FleetStore;
  beforeEach(() => {
    store = new FleetStore(new LiveLink());
  });

  it("has all agents before it asks for their past", async () => {
    const asked = hubOf(300);
    const complete: { agents: number; past: number }[] = [];
    store.view.subscribe(() => {
      const { agents, complete: done } = store.view.get();
      if (done) complete.push({ agents: agents.length, past: pasts(store) });
    });
    store.use();
    await vi.waitFor(() => expect(pasts(store)).toBe(300));
    expect(complete[0]).toEqual({ agents: 300, past: 0 });
    expect(asked.map(({ sparklines }) => sparklines)).toEqual([false, false, true, true]);
  });

  it("asks for the past of a large fleet's first page alone", async () => {
    const asked = hubOf(1500);
    store.use();
    await vi.waitFor(() => expect(pasts(store)).toBe(200));
    expect(store.view.get().agents).toHaveLength(1500);
    expect(asked.filter(({ sparklines }) => sparklines)).toHaveLength(1);
  });

  it("asks for no past where nobody shows it", async () => {
    const asked = hubOf(10);
    store.use(false);
    await vi.waitFor(() => expect(store.view.get().complete).toBe(true));
    expect(asked).toEqual([{ limit: 200, sparklines: false }]);
  });
});
