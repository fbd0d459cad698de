import { parseRecents, withRecent } from "@/lib/recents";
import { Signal } from "@/lib/signal";

const KEYS_KEY = "opsentrix.keys";
const RECENT_KEY = "opsentrix.recent";

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // Storage may be forbidden; what is chosen then lasts as long as the page.
    return null;
  }
}

function store(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}

/** What is open over the page: the palette, or the list of keys. */
export const overlay = new Signal<"palette" | "keys" | null>(null);

/** Whether keys without Ctrl or Cmd do anything: who speaks to the computer, or trembles, may not want them. */
export const plainKeys = new Signal(typeof localStorage === "undefined" || stored(KEYS_KEY) !== "off");

export function choosePlainKeys(on: boolean): void {
  plainKeys.set(on);
  store(KEYS_KEY, on ? null : "off");
}

/** What was chosen in the palette before, the last first. */
export function recents(): string[] {
  return parseRecents(stored(RECENT_KEY));
}

export function noteRecent(id: string): void {
  store(RECENT_KEY, JSON.stringify(withRecent(recents(), id)));
}
