import type { ReactNode } from "react";
import type { Crosshair } from "@/charts/crosshair";
import type { DashboardVariable, Panel } from "@/lib/dashboard-spec";
import type { Chosen } from "@/lib/panel-query";
import type { RangeSearch } from "@/lib/range";

/** As often as agents send: nothing newer comes sooner, and a dashboard has many panels. */
export const LEAST_REFRESH_MS = 5000;

/** What all panels of a dashboard share. */
export interface PanelContext {
  variables: readonly DashboardVariable[];
  chosen: Chosen;
  range: RangeSearch;
  /** Names of agents. */
  names: ReadonlyMap<number, string>;
  crosshair: Crosshair;
  onZoom: (from: number, to: number) => void;
  onReset: () => void;
}

export interface PanelProps<One extends Panel = Panel> {
  panel: One;
  /** With what is chosen in the place of variables. */
  title: string;
  context: PanelContext;
  /** Whether it is near the screen; only then it asks. */
  asking: boolean;
  /** Controls beside the title. */
  aside: ReactNode;
}
