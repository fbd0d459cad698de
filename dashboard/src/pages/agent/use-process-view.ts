import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import type { AgentSearch } from "@/lib/agent-search";
import type { Ranking } from "@/lib/process-view";
import { DEFAULT_PRESET, isLive } from "@/lib/range";
import type { SeriesStore } from "@/state/series-store";

const route = getRouteApi("/app/agents/$agentId");

/** The anchor of the processes on the page. */
export const PROCESSES = "processes";

/** Scrolls to the processes, and goes on from there with the keyboard. */
export function goToProcesses(): void {
  document.getElementById(PROCESSES)?.focus({ preventScroll: true });
  document.getElementById(PROCESSES)?.scrollIntoView();
}

export interface ProcessView {
  showLive: () => void;
  showRanking: (top: Ranking) => void;
  /** Shows a moment (Unix seconds). The page's range stops following the present, so that a link shows the same. */
  showMoment: (time: number, how?: { scroll?: boolean; replace?: boolean }) => void;
}

/** Changes what is shown of the processes: the URL holds it, so back undoes it and a link shows the same. */
export function useProcessView(store: SeriesStore): ProcessView {
  const navigate = route.useNavigate();
  const change = useCallback(
    (make: (rest: AgentSearch) => AgentSearch, { scroll = false, replace = false } = {}) =>
      navigate({
        search: ({ at: _at, top: _top, ...rest }: AgentSearch) => make(rest),
        ...(scroll ? { hash: PROCESSES } : {}),
        replace,
        resetScroll: false,
      }).then(() => scroll && goToProcesses()),
    [navigate],
  );
  const showLive = useCallback(() => void change((rest) => rest), [change]);
  const showRanking = useCallback((top: Ranking) => void change((rest) => ({ ...rest, top })), [change]);
  const showMoment = useCallback<ProcessView["showMoment"]>(
    (time, how) =>
      void change((rest) => {
        const at = Math.round(time);
        if (!isLive(rest)) return { ...rest, at };
        const { from, to } = store.window();
        return { ...rest, range: rest.range ?? DEFAULT_PRESET, from: Math.floor(from), to: Math.ceil(to), at };
      }, how),
    [change, store],
  );
  return { showLive, showRanking, showMoment };
}
