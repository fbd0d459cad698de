/** After so long a key that begins a sequence is forgotten. */
const LATE_MS = 1500;

/** What of a key press counts; a `KeyboardEvent` has it. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  timeStamp: number;
}

/** Knows which sequence of keys was pressed: "g i" is `g` and then `i`, soon after. */
export class KeySequence {
  private readonly known: ReadonlySet<string>;
  private first = "";
  private at = 0;

  constructor(known: readonly string[]) {
    this.known = new Set(known);
  }

  /** The sequence that this key completes, or null. */
  press({ key, ctrlKey, metaKey, altKey, timeStamp }: KeyPress): string | null {
    const before = timeStamp - this.at <= LATE_MS ? this.first : "";
    this.first = "";
    // These belong to the browser, the system or a screen reader.
    if (ctrlKey || metaKey || altKey) return null;
    const whole = before === "" ? key : `${before} ${key}`;
    if (this.known.has(whole)) return whole;
    if ([...this.known].some((one) => one.startsWith(`${key} `))) {
      this.first = key;
      this.at = timeStamp;
    }
    return null;
  }
}
