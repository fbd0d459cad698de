import { keep, readKept } from "@/lib/kept";
import { parseRecents, withRecent } from "@/lib/recents";
import { Signal } from "@/lib/signal";

const KEYS_KEY = "opsentrix.keys";
const RECENT_KEY = "opsentrix.recent";

/** What is open over the page: the palette, or the list of keys. */
export const overlay = new Signal<"palette" | "keys" | null>(null);

/** Whether keys without Ctrl or Cmd do anything: who speaks to the computer, or trembles, may not want them. */
export const plainKeys = new Signal(readKept(KEYS_KEY) !== "off");

export function choosePlainKeys(on: boolean): void {
  plainKeys.set(on);
  keep(KEYS_KEY, on ? null : "off");
}

/** What was chosen in the palette before, the last first. */
export function recents(): string[] {
  return parseRecents(readKept(RECENT_KEY) ?? null);
}

export function noteRecent(id: string): void {
  keep(RECENT_KEY, JSON.stringify(withRecent(recents(), id)));
}
