/** Does `run` once the browser has nothing more urgent to do, and within this time in any case. */
const WITHIN_MS = 100;

function whenIdle(run: () => void): void {
  // Safari has no idle callbacks; a timer leaves room for what is more urgent as well.
  if ("requestIdleCallback" in globalThis) requestIdleCallback(run, { timeout: WITHIN_MS });
  else setTimeout(run, 1);
}

/** Work that can wait: one piece each time the browser is idle, what hurries first, then in the order that it came. */
export class Turns<Key> {
  readonly #waiting = new Map<Key, () => void>();
  readonly #hurried = new Set<Key>();
  readonly #later: (run: () => void) => void;
  #asked = false;

  constructor(later: (run: () => void) => void = whenIdle) {
    this.#later = later;
  }

  /** Has `run` be called when it is its turn. */
  add(key: Key, run: () => void): void {
    this.#waiting.set(key, run);
    this.#ask();
  }

  /** Takes back what was added. */
  drop(key: Key): void {
    this.#waiting.delete(key);
    this.#hurried.delete(key);
  }

  /** Lets one go before those that do not hurry, or back to its place among them. */
  hurry(key: Key, hurries: boolean): void {
    if (hurries && this.#waiting.has(key)) this.#hurried.add(key);
    else this.#hurried.delete(key);
  }

  #ask(): void {
    if (this.#asked || this.#waiting.size === 0) return;
    this.#asked = true;
    this.#later(() => {
      this.#asked = false;
      this.#next();
      this.#ask();
    });
  }

  #next(): void {
    const [hurried] = this.#hurried;
    const [first] = this.#waiting.keys();
    const key = hurried ?? first;
    if (key === undefined) return;
    const run = this.#waiting.get(key);
    this.drop(key);
    run?.();
  }
}
