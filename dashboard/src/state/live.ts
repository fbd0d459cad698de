import type { Socket } from "socket.io-client";
import type { AgentStatus, CommandState, Process, RunState, Summary } from "@/api/types";
import { noteHeard } from "@/lib/clock";
import type { SeriesMeta } from "@/lib/series";
import { Signal } from "@/lib/signal";

export interface FleetEvent {
  agents: { id: number; status: AgentStatus; last_heartbeat: string | null; summary: Summary }[];
  removed: number[];
  added: number[];
}

export interface LayoutEvent {
  agent: number;
  layout: string;
  series: SeriesMeta[];
}

export interface SamplesEvent {
  agent: number;
  t: number[];
  layout: string;
  v: ArrayBuffer;
}

export interface ProcessesEvent {
  agent: number;
  time: number;
  items: Process[];
}

export interface StatusEvent {
  agent: number;
  status: AgentStatus;
  last_heartbeat: string | null;
}

/** What a page that watches one agent is told. `resync` means: something was missed, ask the API again. */
export interface AgentWatcher {
  layout(event: LayoutEvent): void;
  samples(event: SamplesEvent): void;
  processes(event: ProcessesEvent): void;
  status(event: StatusEvent): void;
  resync(): void;
}

/** A run of a command, as far as its changes are told. */
export interface RunChange {
  agent: number;
  state: RunState;
  exit_code: number | null;
  duration_ms: number | null;
  error: string;
  started_at: string | null;
  ended_at: string | null;
  output_bytes: number;
  output_truncated: boolean;
}

export interface OutputEvent {
  command: number;
  agent: number;
  seq: number;
  stream: "stdout" | "stderr";
  data: ArrayBuffer;
}

/** What a page that watches a command is told. `missed` names the agent of whose output something was dropped. */
export interface CommandWatcher {
  command(change: { id: number; state: CommandState; note: string }): void;
  runs(changes: RunChange[]): void;
  output(event: OutputEvent): void;
  missed(agent: number): void;
  resync(): void;
}

export interface FleetWatcher {
  fleet(event: FleetEvent): void;
  resync(): void;
}

export type LinkState = "idle" | "connecting" | "connected" | "reconnecting" | "unauthorized";

interface WatchAnswer {
  ok: boolean;
  error?: string;
}

interface ServerEvents {
  fleet(event: FleetEvent): void;
  layout(event: LayoutEvent): void;
  samples(event: SamplesEvent, acknowledge?: () => void): void;
  processes(event: ProcessesEvent): void;
  status(event: StatusEvent): void;
  dropped(event: { agent: number; batches: number }): void;
  command(event: { id: number; state: CommandState; note: string }): void;
  command_runs(event: { id: number; runs: RunChange[] }): void;
  command_output(event: OutputEvent, acknowledge?: () => void): void;
  /** A run that is watched is not what it was. */
  runbook_run(event: { id: number }): void;
  /** An incident that this user sees is not what it was. */
  incident(event: { id: number }): void;
  /** Commands or runs of runbooks on agents that this user sees are not what they were. */
  responses(event: object): void;
  /** Which agents this user sees has changed. */
  access(event: object): void;
}

interface ClientEvents {
  watch_fleet(payload: object, answer: (answer: WatchAnswer) => void): void;
  unwatch_fleet(payload: object): void;
  watch_agent(payload: { agent: number }, answer: (answer: WatchAnswer) => void): void;
  unwatch_agent(payload: { agent: number }): void;
  watch_command(payload: { command: number }, answer: (answer: WatchAnswer) => void): void;
  unwatch_command(payload: { command: number }): void;
  watch_runbook_run(payload: { run: number }, answer: (answer: WatchAnswer) => void): void;
  unwatch_runbook_run(payload: { run: number }): void;
}

type HubSocket = Socket<ServerEvents, ClientEvents>;
type Namespace = "/live" | "/shared";

/** The library comes beside the page, which shows what the API tells until then. */
function fetchLibrary() {
  return import("socket.io-client");
}

async function socketOf(namespace: Namespace): Promise<HubSocket> {
  const { io } = await fetchLibrary();
  return io(namespace, { transports: ["websocket", "polling"], autoConnect: false, reconnectionDelayMax: 5000 });
}

/** How long to wait for the answer to a watch request before going on without it. */
const WATCH_TIMEOUT_MS = 3000;
/** How long a watch waits for a connection that is about to be there: what is asked without it is asked again with it. */
const LINK_TIMEOUT_MS = 250;
/** How long to wait with another try to fetch the library, which a hub that restarts does not give. */
const LIBRARY_RETRY_MS = 5000;

function count(changes: Signal<number>): void {
  changes.set(changes.get() + 1);
}

/** The one Socket.IO connection of the page. Watches outlive reconnects: they are made again by themselves. */
export class LiveLink {
  readonly state = new Signal<LinkState>("idle");
  /** Counts how often the agents that this user sees were changed. */
  readonly access = new Signal(0);
  /** Counts how often an incident changed, or may have changed while the link was down. */
  readonly incidents = new Signal(0);
  /** Counts how often commands or runs of runbooks changed, or may have changed while the link was down. */
  readonly responses = new Signal(0);
  private socket: HubSocket | undefined;
  private namespace: Namespace = "/live";
  /** Whether there is to be a connection, so that a library that comes late does not make one that nobody wants. */
  private wanted = false;
  private readonly agents = new Map<number, AgentWatcher>();
  /** By agent: ends the wait of a watch that began before the connection was there. */
  private readonly waiting = new Map<number, () => void>();
  private readonly fleets = new Set<FleetWatcher>();
  private readonly commands = new Map<number, CommandWatcher>();
  private readonly runs = new Map<number, () => void>();
  private everConnected = false;

  /** Turns to another feed of the hub: that of people, or that of shared pages. */
  enter(namespace: Namespace): void {
    this.close();
    this.namespace = namespace;
    this.socket = undefined;
  }

  private listen(socket: HubSocket): void {
    socket.on("connect", () => this.connected());
    socket.on("disconnect", (reason) => this.disconnected(reason));
    socket.on("connect_error", (error) => this.failed(error));
    socket.on("fleet", (event) => {
      noteHeard();
      for (const watcher of this.fleets) watcher.fleet(event);
    });
    socket.on("layout", (event) => this.agents.get(event.agent)?.layout(event));
    socket.on("samples", (event, acknowledge) => {
      acknowledge?.();
      this.agents.get(event.agent)?.samples(event);
    });
    socket.on("processes", (event) => this.agents.get(event.agent)?.processes(event));
    socket.on("status", (event) => this.agents.get(event.agent)?.status(event));
    socket.on("access", () => {
      count(this.access);
      for (const watcher of this.fleets) watcher.resync();
    });
    socket.on("incident", () => count(this.incidents));
    socket.on("responses", () => count(this.responses));
    socket.on("dropped", (event) => {
      this.agents.get(event.agent)?.resync();
      for (const watcher of this.commands.values()) watcher.missed(event.agent);
    });
    socket.on("command", (event) => this.commands.get(event.id)?.command(event));
    socket.on("command_runs", (event) => this.commands.get(event.id)?.runs(event.runs));
    socket.on("runbook_run", (event) => this.runs.get(event.id)?.());
    socket.on("command_output", (event, acknowledge) => {
      acknowledge?.();
      this.commands.get(event.command)?.output(event);
    });
  }

  /** Has the library come, so that `open` need not wait for it. */
  prepare(): void {
    fetchLibrary().catch(() => undefined);
  }

  /** Connects unless connected; call it when somebody is logged in. */
  open(): void {
    if (this.wanted && (this.socket === undefined || this.socket.active)) return;
    this.wanted = true;
    this.state.set("connecting");
    if (this.socket === undefined) void this.begin(this.namespace);
    else this.socket.connect();
  }

  private async begin(namespace: Namespace): Promise<void> {
    const socket = await socketOf(namespace).catch(() => null);
    if (socket === null) {
      this.state.set("reconnecting");
      await new Promise((resolve) => setTimeout(resolve, LIBRARY_RETRY_MS));
      if (this.wanted && this.namespace === namespace) await this.begin(namespace);
      return;
    }
    if (!this.wanted || this.socket !== undefined || this.namespace !== namespace) return;
    this.socket = socket;
    this.listen(socket);
    socket.connect();
  }

  close(): void {
    this.wanted = false;
    this.everConnected = false;
    this.socket?.disconnect();
    this.state.set("idle");
  }

  /** Starts the fleet feed; returns what ends it. */
  watchFleet(watcher: FleetWatcher): () => void {
    this.fleets.add(watcher);
    if (this.socket?.connected && this.fleets.size === 1) this.requestFleet();
    return () => {
      this.fleets.delete(watcher);
      if (this.fleets.size === 0 && this.socket?.connected) this.socket.emit("unwatch_fleet", {});
    };
  }

  /**
   * Starts the feed of one agent. The promise ends once the hub has confirmed the watch: what is committed before that
   * the API has, what comes after it the feed brings. It also ends when the link is down, and soon when it is not there
   * yet, for history needs no feed; the watcher is told to resync later.
   */
  async watchAgent(agent: number, watcher: AgentWatcher): Promise<void> {
    this.agents.set(agent, watcher);
    if (this.state.get() !== "connecting") return await this.requestAgent(agent);
    await new Promise<void>((resolve) => {
      this.waiting.set(agent, resolve);
      setTimeout(() => {
        if (this.waiting.get(agent) === resolve) this.waiting.delete(agent);
        resolve();
      }, LINK_TIMEOUT_MS);
    });
  }

  unwatchAgent(agent: number): void {
    if (!this.agents.delete(agent)) return;
    if (this.socket?.connected) this.socket.emit("unwatch_agent", { agent });
  }

  /** Starts the feed of a command. The promise ends as that of `watchAgent` does. */
  async watchCommand(command: number, watcher: CommandWatcher): Promise<void> {
    this.commands.set(command, watcher);
    await this.requestCommand(command);
  }

  unwatchCommand(command: number): void {
    if (!this.commands.delete(command)) return;
    if (this.socket?.connected) this.socket.emit("unwatch_command", { command });
  }

  /** Tells when a run of a runbook changed, or may have; returns what ends it. */
  watchRunbookRun(run: number, changed: () => void): () => void {
    this.runs.set(run, changed);
    this.requestRun(run);
    return () => {
      this.runs.delete(run);
      if (this.socket?.connected) this.socket.emit("unwatch_runbook_run", { run });
    };
  }

  private requestRun(run: number): void {
    const { socket } = this;
    if (!socket?.connected) return;
    socket.timeout(WATCH_TIMEOUT_MS).emit("watch_runbook_run", { run }, () => this.runs.get(run)?.());
  }

  private requestCommand(command: number): Promise<void> {
    const { socket } = this;
    if (!socket?.connected) return Promise.resolve();
    return new Promise((resolve) => {
      socket.timeout(WATCH_TIMEOUT_MS).emit("watch_command", { command }, () => resolve());
    });
  }

  private requestFleet(): void {
    this.socket?.timeout(WATCH_TIMEOUT_MS).emit("watch_fleet", {}, () => undefined);
  }

  private requestAgent(agent: number): Promise<void> {
    const { socket } = this;
    if (!socket?.connected) return Promise.resolve();
    return new Promise((resolve) => {
      socket.timeout(WATCH_TIMEOUT_MS).emit("watch_agent", { agent }, () => resolve());
    });
  }

  private connected(): void {
    const again = this.everConnected;
    this.everConnected = true;
    this.state.set("connected");
    if (this.fleets.size > 0) this.requestFleet();
    for (const [agent, watcher] of this.agents) void this.requestAgent(agent).then(() => this.begun(agent, watcher));
    for (const [command, watcher] of this.commands) void this.requestCommand(command).then(() => watcher.resync());
    for (const run of this.runs.keys()) this.requestRun(run);
    if (!again) return;
    for (const watcher of this.fleets) watcher.resync();
    count(this.incidents);
    count(this.responses);
  }

  /** A watch that waited goes on; another one was there before, and may have missed something. */
  private begun(agent: number, watcher: AgentWatcher): void {
    const proceed = this.waiting.get(agent);
    this.waiting.delete(agent);
    if (proceed === undefined) watcher.resync();
    else proceed();
  }

  private disconnected(reason: string): void {
    this.state.set(this.socket?.active ? "reconnecting" : "idle");
    // The hub ends connections whose session is over. Asking again tells for sure, and leads to the login.
    if (reason === "io server disconnect") this.open();
  }

  private failed(error: Error): void {
    if (error.message !== "unauthorized") {
      this.state.set(this.everConnected ? "reconnecting" : "connecting");
      return;
    }
    this.socket?.disconnect();
    this.state.set("unauthorized");
  }
}

/** The page's connection. */
export const live = new LiveLink();
