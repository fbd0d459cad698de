// A screen on the wall: it shows a page, and nobody is there to press anything.
import { useLocation } from "@tanstack/react-router";
import { isKiosk } from "@/lib/kiosk";
import { useShared } from "./pass";

/** Whether the page fills a screen that nobody touches. */
export function useKiosk(): boolean {
  return useLocation({ select: ({ search }) => isKiosk(search) });
}

/** Whether the page is only looked at: on a screen, or by who has a link. It leads nowhere and changes nothing then. */
export function useOnlyLooking(): boolean {
  const kiosk = useKiosk();
  return useShared() || kiosk;
}
