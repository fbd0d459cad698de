import type { Share } from "@/api/types";
import { PLACE_WORDS } from "@/lib/shared-place";

/** What a share is called: its label, or the page that it shows. */
export function nameOf({ label, place, dashboard_name }: Pick<Share, "label" | "place" | "dashboard_name">): string {
  return label === "" ? (dashboard_name ?? PLACE_WORDS[place]) : label;
}
