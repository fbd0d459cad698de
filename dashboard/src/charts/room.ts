/** The room that a plot has, as the browser tells it: to ask would have it lay out the page anew for each chart. */
export class Room {
  readonly #target: HTMLElement;
  readonly #height: number | "fill";
  readonly #observer: ResizeObserver;
  #seen: { width: number; height: number } | null = null;

  constructor(target: HTMLElement, height: number | "fill", changed: () => void) {
    this.#target = target;
    this.#height = height;
    this.#observer = new ResizeObserver(([entry]) => {
      this.#seen = entry?.contentRect ?? this.#seen;
      changed();
    });
    this.#observer.observe(target);
  }

  /** In CSS pixels. */
  get size(): { width: number; height: number } {
    const { width, height } = this.#seen ?? this.#target.getBoundingClientRect();
    return { width: Math.round(width), height: this.#height === "fill" ? Math.round(height) : this.#height };
  }

  stop(): void {
    this.#observer.disconnect();
  }
}
