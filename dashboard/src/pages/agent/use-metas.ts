import { useMemo } from "react";
import { useSignal } from "@/state/use-signal";
import { useAgentPage } from "./page-context";
import type { Metas } from "./specs";

/** The agent's series; a new map whenever one has come, so that charts are planned anew only then. */
export function useMetas(): Metas {
  const { store } = useAgentPage();
  const structure = useSignal(store.structure);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the store changes in place and counts its changes
  return useMemo(() => new Map(store.metas), [store, structure]);
}
