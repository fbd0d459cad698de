/** The parameter of an address that every page takes. */
export const KIOSK_PARAM = "kiosk";

/** Whether an address asks for a page on a screen that nobody touches: `kiosk=1`. */
export function isKiosk(search: object): boolean {
  return String((search as { [KIOSK_PARAM]?: unknown })[KIOSK_PARAM]) === "1";
}
