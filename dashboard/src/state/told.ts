import type { Signal } from "@/lib/signal";
import { live } from "./live";

/** Many changes at once are read again once. */
const GATHER_MS = 300;
const CONNECTED_MS = 30_000;

/** How often to ask for what the live feed tells of: rarely while it does, each `aloneMs` where it cannot. */
export function pollInterval(aloneMs: number): () => number {
  return () => (live.state.get() === "connected" ? CONNECTED_MS : aloneMs);
}

/** Has something be read again soon after a count of changes went up, once for many; returns what ends that. */
export function follow(changes: Signal<number>, read: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const end = changes.subscribe(() => {
    timer ??= setTimeout(() => {
      timer = null;
      read();
    }, GATHER_MS);
  });
  return () => {
    end();
    if (timer !== null) clearTimeout(timer);
  };
}
