type Listener = (time: number | null, source: object) => void;

/** The moment that all charts of a page point at, in Unix seconds; null while the pointer is on none of them. */
export class Crosshair {
  time: number | null = null;
  source: object | null = null;
  private readonly listeners = new Set<Listener>();

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Moves it; `source` is the chart under the pointer. */
  set(time: number | null, source: object): void {
    if (time === this.time && source === this.source) return;
    this.time = time;
    this.source = time === null ? null : source;
    for (const listener of this.listeners) listener(time, source);
  }
}
