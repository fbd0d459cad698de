// What belongs to the person and not to the moment: kept in this browser.
import { parseTimeStyle, type TimeStyle, timeStyle } from "@/lib/zone";

const TIME_KEY = "opsentrix.time";

/** Takes up what was chosen in this browser before; called once, before anything is shown. */
export function restorePreferences(): void {
  try {
    timeStyle.set(parseTimeStyle(localStorage.getItem(TIME_KEY)));
  } catch {
    // Storage may be forbidden; times are then shown as the browser has them.
  }
}

/** Chooses and remembers the time zone and the clock. */
export function chooseTimeStyle(style: TimeStyle): void {
  timeStyle.set(style);
  try {
    localStorage.setItem(TIME_KEY, JSON.stringify(style));
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}
