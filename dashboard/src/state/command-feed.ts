import type { InfiniteData } from "@tanstack/react-query";
import { fetchPieces } from "@/api/commands";
import { asProblem, type Problem } from "@/api/problem";
import type { CommandDetail } from "@/api/types";
import { bytesFrom, type OutputBlock, OutputText } from "@/lib/output";
import { Signal } from "@/lib/signal";
import { commandQuery } from "./commands";
import type { CommandWatcher, LiveLink, OutputEvent, RunChange } from "./live";
import { queryClient } from "./session";

/** What is shown of one run's output. */
export interface OutputView {
  blocks: readonly OutputBlock[];
  /** Lines that are not shown any more. */
  dropped: number;
  loading: boolean;
  problem: Problem | null;
}

const REFRESH_MS = 300;
const RETRY_MS = 3000;
const EMPTY: OutputView = { blocks: [], dropped: 0, loading: true, problem: null };

/** Of the command that was just given, whose page is on its way. */
let expected: CommandFeed | null = null;

/** Begins to read a command that was just given, so that what a machine writes need not wait for the page. */
export function expectCommand(id: number, link: LiveLink, likely: number | null): void {
  expected?.stop();
  expected = new CommandFeed(id, link, likely);
  expected.start();
  void queryClient.prefetchInfiniteQuery(commandQuery(id));
}

/** What follows a command: begun already where it was just given. */
export function feedOf(id: number, link: LiveLink, likely: number | null): CommandFeed {
  return expected?.is(id) ? expected : new CommandFeed(id, link, likely);
}

/** Follows a command: its states by patches of what was read, and the output of the one run that is looked at. */
export class CommandFeed implements CommandWatcher {
  readonly view = new Signal<OutputView>(EMPTY);
  private readonly id: number;
  private readonly link: LiveLink;
  private readonly likely: number | null;
  private watched: Promise<void> = Promise.resolve();
  private agent: number | null = null;
  private text = new OutputText();
  private seq = 0;
  /** Pieces that came while older ones are being fetched. */
  private early: OutputEvent[] | null = null;
  private request: AbortController | null = null;
  private again: ReturnType<typeof setTimeout> | undefined;
  private frame = 0;
  private started = false;
  private soon: ReturnType<typeof setTimeout> | null = null;

  /** `likely` is the machine that will be looked at, as far as that is known before the command was read. */
  constructor(id: number, link: LiveLink, likely: number | null = null) {
    this.id = id;
    this.link = link;
    this.likely = likely;
  }

  is(id: number): boolean {
    return this.id === id;
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    this.watched = this.link.watchCommand(this.id, this);
    // What changed between the page's first question and the watch.
    void this.watched.then(() => this.refresh());
    if (this.agent === null) this.follow(this.likely);
  }

  stop(): void {
    this.started = false;
    if (expected === this) expected = null;
    this.link.unwatchCommand(this.id);
    this.abort();
    cancelAnimationFrame(this.frame);
    if (this.soon !== null) clearTimeout(this.soon);
    this.soon = null;
  }

  /** Shows the output of another machine; null for none. */
  follow(agent: number | null): void {
    if (agent === this.agent) return;
    this.agent = agent;
    this.text = new OutputText();
    this.seq = 0;
    this.view.set(EMPTY);
    if (agent !== null) void this.fetch();
  }

  command(change: { state: CommandDetail["state"]; note: string }): void {
    this.patch((page) => ({ ...page, state: change.state, note: change.note }));
    // A command that ends at once changes several times: what it writes must not wait behind what is asked of that.
    this.soon ??= setTimeout(() => {
      this.soon = null;
      void this.refresh();
    }, REFRESH_MS);
  }

  runs(changes: RunChange[]): void {
    const byAgent = new Map(changes.map((one) => [one.agent, one]));
    this.patch((page) => ({
      ...page,
      items: page.items.map((run) => {
        const change = byAgent.get(run.agent);
        return change === undefined ? run : { ...run, ...change };
      }),
    }));
  }

  output(event: OutputEvent): void {
    if (event.agent !== this.agent) return;
    if (event.seq === 1 && this.seq === 0) this.begin();
    if (this.early !== null) this.early.push(event);
    else this.take(event);
  }

  missed(agent: number): void {
    if (agent === this.agent) void this.fetch();
  }

  resync(): void {
    void this.refresh();
    if (this.agent !== null) void this.fetch();
  }

  /** Fetches all of it anew: of what was missed, nobody knows where it belonged. */
  async fetch(): Promise<void> {
    const { agent } = this;
    if (agent === null) return;
    this.abort();
    const request = new AbortController();
    this.request = request;
    this.early ??= [];
    try {
      await this.watched;
      const answer = await fetchPieces(this.id, agent, request.signal);
      if (request.signal.aborted) return;
      this.text = new OutputText();
      for (const { stream, data } of answer.items) this.text.append(stream, bytesFrom(data));
      this.seq = answer.seq;
      const early = this.early ?? [];
      this.early = null;
      for (const event of early) if (event.agent === agent) this.take(event);
      this.publish(null);
    } catch (error) {
      if (request.signal.aborted) return;
      this.publish(asProblem(error));
      // What comes meanwhile is kept, and shown once it is known what came before.
      this.again = setTimeout(() => void this.fetch(), RETRY_MS);
    }
  }

  /** Takes that nothing came before what comes now: there is nothing to fetch. */
  private begin(): void {
    this.abort();
    this.early = null;
  }

  private abort(): void {
    this.request?.abort();
    clearTimeout(this.again);
  }

  private take(event: OutputEvent): void {
    if (event.seq <= this.seq) return;
    const first = this.seq === 0;
    this.seq = event.seq;
    this.text.append(event.stream, new Uint8Array(event.data));
    // Somebody waits for the first; after that a program may write a thousand times a second, a screen shows sixty pictures.
    if (first) this.publish(null);
    else if (this.frame === 0)
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.publish(null);
      });
  }

  private publish(problem: Problem | null): void {
    this.view.set({ blocks: this.text.read(), dropped: this.text.dropped, loading: false, problem });
  }

  /** Reads it anew. What the page reads at first may be older than what is told meanwhile, so that is waited for. */
  private async refresh(): Promise<void> {
    const query = commandQuery(this.id);
    try {
      await queryClient.ensureInfiniteQueryData(query);
    } catch {
      // The page shows why nothing could be read, and asks again.
      return;
    }
    await queryClient.invalidateQueries(query);
  }

  private patch(change: (page: CommandDetail) => CommandDetail): void {
    queryClient.setQueryData<InfiniteData<CommandDetail, number>>(commandQuery(this.id).queryKey, (data) =>
      data === undefined ? data : { ...data, pages: data.pages.map(change) },
    );
  }
}
