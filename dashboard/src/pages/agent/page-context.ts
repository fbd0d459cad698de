import { createContext, useContext } from "react";
import type { Crosshair } from "@/charts/crosshair";
import type { RangeSearch } from "@/lib/range";
import type { LaneMark } from "@/pages/marks/lane";
import type { SeriesStore } from "@/state/series-store";

/** What every part of an agent's page shares. */
export interface AgentPageContext {
  store: SeriesStore;
  crosshair: Crosshair;
  /** Shows another time, as a step that back undoes. */
  setRange: (range: RangeSearch) => void;
  zoom: (from: number, to: number) => void;
  resetZoom: () => void;
  /** What was done on the machine in the time that is shown. */
  marks: readonly LaneMark[];
}

const Context = createContext<AgentPageContext | null>(null);

export const AgentPageProvider = Context.Provider;

export function useAgentPage(): AgentPageContext {
  const context = useContext(Context);
  if (context === null) throw new Error("useAgentPage is for parts of an agent's page");
  return context;
}
