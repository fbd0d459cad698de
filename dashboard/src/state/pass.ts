// What this browser shows that opened a shared link, where nobody is logged in.
import type { Pass } from "@/api/types";
import { readKept } from "@/lib/kept";
import { Signal } from "@/lib/signal";
import { useSignal } from "./use-signal";

/** What is shared; null for who is logged in, and for nobody. */
export const pass = new Signal<Pass | null>(null);

export const PASS_HINT_KEY = "opsentrix.pass";

/** Whether this browser opened a shared link. The pass is a cookie that scripts cannot see: only this mark tells. */
export function mayHavePass(): boolean {
  return readKept(PASS_HINT_KEY) != null;
}

/** Whether this page shows what somebody shared. */
export function useShared(): boolean {
  return useSignal(pass) !== null;
}
