import type { Share } from "@/api/types";
import { PLACE_WORDS } from "@/lib/shared-place";

/** What a share is called: its label, or the page that it shows. */
export function nameOf({ label, place }: Pick<Share, "label" | "place">): string {
  return label === "" ? PLACE_WORDS[place] : label;
}
