/** Speech takes longer than a key that is held repeats. */
const PAUSE_MS = 400;

/** Writes into a live region what is to be heard: at once after a while of silence, else the newest after a pause. */
export class Announcer {
  private readonly region: () => HTMLElement | null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private waiting: string | null = null;

  constructor(region: () => HTMLElement | null) {
    this.region = region;
  }

  say(text: string): void {
    this.waiting = text;
    if (this.timer === undefined) this.speak();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = null;
  }

  private speak(): void {
    const region = this.region();
    if (region !== null) region.textContent = this.waiting;
    this.waiting = null;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.waiting !== null) this.speak();
    }, PAUSE_MS);
  }
}
