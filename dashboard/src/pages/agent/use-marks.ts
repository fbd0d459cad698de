import { useQuery } from "@tanstack/react-query";
import { fetchAnnotations } from "@/api/runbook-runs";
import { hubNow } from "@/lib/clock";
import type { TimeMark } from "@/lib/marks";
import { isLive, type RangeSearch, windowAt } from "@/lib/range";
import { RUNBOOKS } from "@/state/waiting-runs";

const RENEW_MS = 10_000;
const NONE: readonly AgentMark[] = [];

/** A run or a command on the machine, with its own page. */
export interface AgentMark extends TimeMark {
  kind: "run" | "command";
  link: string;
}

/** What was done on a machine in the time that its page shows. */
export function useMarks(agent: number, { from, to, range }: RangeSearch): readonly AgentMark[] {
  const shown: RangeSearch = {
    ...(from !== undefined && to !== undefined && { from, to }),
    ...(range !== undefined && { range }),
  };
  const { data } = useQuery({
    queryKey: [RUNBOOKS, "marks", agent, shown],
    queryFn: async ({ signal }) => {
      const window = windowAt(shown, hubNow());
      const found = await fetchAnnotations(agent, { start: window.from, end: window.to + 60 }, signal);
      // Words of all states come when there is something to be said.
      if (found.length === 0) return NONE;
      const { markOf } = await import("./mark-words");
      return found.map(markOf);
    },
    refetchInterval: isLive(shown) ? RENEW_MS : false,
    placeholderData: (previous) => previous,
  });
  return data ?? NONE;
}
