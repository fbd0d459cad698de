import { fetchAgent, fetchAgents } from "@/api/calls";
import { asProblem, type Problem } from "@/api/problem";
import type { Agent, AgentPage, Summary } from "@/api/types";
import { Signal } from "@/lib/signal";
import { appendToSparklines } from "./fleet-sparklines";
import type { FleetEvent, FleetWatcher, LiveLink } from "./live";

/** Up to this many agents come with their recent past, of more the first page does: the answers would be larger than useful. */
const SPARKLINE_AGENTS = 1000;
const FIRST_PAGE = 200;
const PAGE = 1000;
/** More new agents than this at once are fetched as a whole list. */
const FETCH_ONE_BY_ONE = 20;

export interface FleetView {
  agents: readonly Agent[];
  total: number;
  /** Every page has arrived. */
  complete: boolean;
  problem: Problem | null;
}

/** All agents that this user may see: pages of the API as they arrive, kept up to date by the fleet feed. */
export class FleetStore implements FleetWatcher {
  readonly view = new Signal<FleetView>({ agents: [], total: 0, complete: false, problem: null });
  private readonly link: LiveLink;
  private readonly agents = new Map<number, Agent>();
  private total = 0;
  private complete = false;
  private users = 0;
  private past = false;
  private unwatch: (() => void) | null = null;
  private generation = 0;

  constructor(link: LiveLink) {
    this.link = link;
  }

  /**
   * Keeps the list live as long as anybody uses it; returns what ends this use.
   *
   * @param past whether the agents' recent past is wanted: it is most of the answer.
   */
  use(past = true): () => void {
    this.users += 1;
    if (this.users === 1) {
      this.past = past;
      this.unwatch = this.link.watchFleet(this);
      void this.load();
    } else if (past && !this.past) {
      this.past = true;
      void this.load();
    }
    return () => {
      this.users -= 1;
      if (this.users > 0) return;
      this.unwatch?.();
      this.generation += 1;
    };
  }

  fleet(event: FleetEvent): void {
    for (const id of event.removed) this.agents.delete(id);
    for (const change of event.agents) {
      const agent = this.agents.get(change.id);
      if (agent !== undefined) this.agents.set(change.id, changed(agent, change));
    }
    this.total = Math.max(this.agents.size, this.total - event.removed.length);
    if (event.added.length > FETCH_ONE_BY_ONE) void this.load();
    else for (const id of event.added) void this.fetch(id);
    this.publish(null);
  }

  resync(): void {
    void this.load();
  }

  /** Puts in an agent that was just fetched or changed. */
  put(agent: Agent): void {
    const known = this.agents.get(agent.id);
    this.agents.set(agent.id, { ...agent, sparklines: agent.sparklines ?? known?.sparklines ?? null });
    this.total = Math.max(this.total, this.agents.size);
    this.publish(null);
  }

  remove(id: number): void {
    this.removeAll([id]);
  }

  removeAll(ids: readonly number[]): void {
    for (const id of ids) if (this.agents.delete(id)) this.total -= 1;
    this.publish(null);
  }

  /** Shows agents otherwise than the hub said. */
  change(ids: Iterable<number>, to: (agent: Agent) => Agent): void {
    for (const id of ids) {
      const agent = this.agents.get(id);
      if (agent !== undefined) this.agents.set(id, to(agent));
    }
    this.publish(null);
  }

  /** Forgets everything; the next user must not see it. */
  clear(): void {
    this.generation += 1;
    this.agents.clear();
    this.total = 0;
    this.complete = false;
    this.publish(null);
  }

  /** Loads all agents as they are now, then their past, which is most of the answers and can be waited for. */
  async load(): Promise<void> {
    this.generation += 1;
    const generation = this.generation;
    try {
      const seen = await this.loadPages(generation, false);
      if (seen === null) return;
      for (const id of this.agents.keys()) if (!seen.has(id)) this.agents.delete(id);
      this.complete = true;
      this.publish(null);
      if (this.past) await this.loadPages(generation, true);
    } catch (error) {
      if (generation === this.generation) this.publish(asProblem(error));
    }
  }

  /** Returns the agents that came, or null when another load has begun meanwhile. */
  private async loadPages(generation: number, past: boolean): Promise<Set<number> | null> {
    const seen = new Set<number>();
    let cursor: string | null = null;
    do {
      const page: AgentPage = await fetchAgents(cursor, cursor === null ? FIRST_PAGE : PAGE, past);
      if (generation !== this.generation) return null;
      for (const agent of page.items) {
        seen.add(agent.id);
        this.agents.set(agent.id, {
          ...agent,
          sparklines: agent.sparklines ?? this.agents.get(agent.id)?.sparklines ?? null,
        });
      }
      this.total = page.total;
      cursor = past && page.total > SPARKLINE_AGENTS ? null : page.next_cursor;
      if (cursor !== null || past) this.publish(null);
    } while (cursor !== null);
    return seen;
  }

  /** Fetches an agent anew after it was changed here. */
  refresh(id: number): Promise<void> {
    return this.fetch(id);
  }

  private async fetch(id: number): Promise<void> {
    try {
      this.put(await fetchAgent(id));
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status === 404) this.remove(id);
      else this.publish(problem);
    }
  }

  private publish(problem: Problem | null): void {
    this.view.set({ agents: [...this.agents.values()], total: this.total, complete: this.complete, problem });
  }
}

function changed(agent: Agent, change: FleetEvent["agents"][number]): Agent {
  const summary: Summary = change.summary;
  return {
    ...agent,
    status: change.status,
    last_heartbeat: change.last_heartbeat,
    summary,
    sparklines: appendToSparklines(agent.sparklines ?? null, summary),
  };
}
