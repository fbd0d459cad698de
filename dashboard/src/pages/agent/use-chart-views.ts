import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { AgentSearch } from "@/lib/agent-search";
import { type ChartView, type ChartViewSearch, withView } from "@/lib/chart-view";

const route = getRouteApi("/app/agents/$agentId");

/** How the page's charts are drawn, as its address holds it, and what changes that of one chart. */
export function useChartViews(): [ChartViewSearch, (id: string, view: ChartView) => void] {
  const log = route.useSearch({ select: (search) => search.log });
  const lines = route.useSearch({ select: (search) => search.lines });
  const navigate = route.useNavigate();
  const views = useMemo(
    () => ({ ...(log !== undefined && { log }), ...(lines !== undefined && { lines }) }),
    [log, lines],
  );
  const setView = useCallback(
    (id: string, view: ChartView) =>
      void navigate({
        search: (search: AgentSearch) => withView(search, id, view),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );
  return [views, setView];
}
