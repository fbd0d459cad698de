/** Whether an address asks for a page on a screen that nobody touches: `kiosk=1`. */
export function isKiosk(search: object): boolean {
  return String((search as { kiosk?: unknown }).kiosk) === "1";
}
