import { keep, readKept } from "@/lib/kept";
import { Signal } from "@/lib/signal";

const KEY = "opsentrix.setup";

/** Whether this person has put the first steps aside; the settings go on showing them. */
export const setupAside = new Signal(readKept(KEY) === "aside");

export function putSetupAside(): void {
  setupAside.set(true);
  keep(KEY, "aside");
}
