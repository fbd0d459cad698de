import type { SeriesStore } from "./series-store";
import { useSignal } from "./use-signal";

/** Renders the component anew with every change of the samples: about once a second, for figures outside the charts. */
export function useStoreVersion(store: SeriesStore): number {
  return useSignal(store.version);
}
