import { useSyncExternalStore } from "react";
import type { Signal } from "@/lib/signal";

/** The signal's value; the component renders anew when it changes. */
export function useSignal<Value>(signal: Signal<Value>): Value {
  return useSyncExternalStore(signal.subscribe, signal.get);
}
