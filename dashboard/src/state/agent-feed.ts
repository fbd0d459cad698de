import { fetchProcesses, fetchSeries } from "@/api/calls";
import { asProblem, type Problem } from "@/api/problem";
import type { AgentStatus, ProcessList } from "@/api/types";
import { hubNow } from "@/lib/clock";
import { decodeSamples } from "@/lib/decode";
import { pointsFor, type RangeSearch, rangeSeconds, windowAt } from "@/lib/range";
import type { SeriesMeta } from "@/lib/series";
import { Signal } from "@/lib/signal";
import type { AgentWatcher, LayoutEvent, LiveLink, ProcessesEvent, SamplesEvent, StatusEvent } from "./live";
import { SeriesStore } from "./series-store";

/** Samples that arrive out of order make the page ask again, at most this often. */
const RESYNC_PAUSE_MS = 5000;

/** Everything that the page of one agent shows and that changes each second. */
export class AgentFeed implements AgentWatcher {
  readonly store = new SeriesStore(hubNow);
  readonly processList = new Signal<ProcessList | null>(null);
  readonly liveStatus = new Signal<{ status: AgentStatus; last_heartbeat: string | null } | null>(null);
  readonly loading = new Signal(true);
  /** Counts how often something may have been missed, so that what else the page shows is asked for again too. */
  readonly resyncs = new Signal(0);
  readonly problem = new Signal<Problem | null>(null);
  private readonly layouts = new Map<string, SeriesMeta[]>();
  private readonly agent: number;
  private readonly link: LiveLink;
  private range: RangeSearch = {};
  private pixels = 600;
  private request: AbortController | null = null;
  private watched: Promise<void> = Promise.resolve();
  private resyncAt = 0;
  private clock: ReturnType<typeof setInterval> | undefined;

  constructor(agent: number, link: LiveLink) {
    this.agent = agent;
    this.link = link;
  }

  start(): void {
    this.watched = this.link.watchAgent(this.agent, this);
    this.clock = setInterval(() => this.store.touch(), 1000);
    void fetchProcesses(this.agent).then(
      (list) => this.processList.get() === null && this.processList.set(list),
      () => undefined,
    );
  }

  stop(): void {
    this.link.unwatchAgent(this.agent);
    this.request?.abort();
    clearInterval(this.clock);
  }

  /** Shows another window: its samples are fetched, `pixels` being the width of a chart. */
  show(range: RangeSearch, pixels: number): void {
    this.range = range;
    this.pixels = pixels;
    this.store.show(range);
    void this.fetch();
  }

  layout(event: LayoutEvent): void {
    this.layouts.set(event.layout, event.series);
  }

  samples(event: SamplesEvent): void {
    const series = this.layouts.get(event.layout);
    if (series === undefined) {
      this.resync();
      return;
    }
    const inOrder = this.store.append(decodeSamples(event.v, event.t, series.length), series);
    if (!inOrder) this.resync();
  }

  status(event: StatusEvent): void {
    this.liveStatus.set({ status: event.status, last_heartbeat: event.last_heartbeat });
  }

  processes(event: ProcessesEvent): void {
    this.processList.set({ time: event.time, items: event.items });
  }

  /** Asks the API again, because the feed lost or reordered something; not more often than makes sense. */
  resync(): void {
    const now = Date.now();
    if (now - this.resyncAt < RESYNC_PAUSE_MS) return;
    this.resyncAt = now;
    this.liveStatus.set(null);
    this.resyncs.set(this.resyncs.get() + 1);
    void this.fetch();
  }

  async fetch(): Promise<void> {
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    this.loading.set(true);
    try {
      await this.watched;
      const window = windowAt(this.range, Math.ceil(hubNow()));
      const points = pointsFor(rangeSeconds(this.range), this.pixels);
      const answer = await fetchSeries({ agent: this.agent, ...window, points }, request.signal);
      if (request.signal.aborted) return;
      this.store.load(answer);
      this.problem.set(null);
    } catch (error) {
      if (!request.signal.aborted) this.problem.set(asProblem(error));
    } finally {
      if (this.request === request) this.loading.set(false);
    }
  }
}
