// What belongs to the person and not to the moment: kept in this browser.
import { keep, readKept } from "@/lib/kept";
import { parseTimeStyle, type TimeStyle, timeStyle } from "@/lib/zone";

const TIME_KEY = "opsentrix.time";

/** Takes up what was chosen in this browser before; called once, before anything is shown. */
export function restorePreferences(): void {
  timeStyle.set(parseTimeStyle(readKept(TIME_KEY) ?? null));
}

/** Chooses and remembers the time zone and the clock. */
export function chooseTimeStyle(style: TimeStyle): void {
  timeStyle.set(style);
  keep(TIME_KEY, JSON.stringify(style));
}
