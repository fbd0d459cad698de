import { useQuery } from "@tanstack/react-query";
import { fetchMarks } from "@/api/marks";
import { fetchAnnotations } from "@/api/runbook-runs";
import { hubNow } from "@/lib/clock";
import { isLive, type RangeSearch, windowAt } from "@/lib/range";
import type { LaneMark } from "@/pages/marks/lane";
import { MARKS } from "@/state/marks";
import { RUNBOOKS } from "@/state/waiting-runs";

const RENEW_MS = 10_000;
const NONE: readonly LaneMark[] = [];

/** What was done on a machine, and noted about it, in the time that its page shows. */
export function useMarks(agent: number, { from, to, range }: RangeSearch): readonly LaneMark[] {
  const shown: RangeSearch = {
    ...(from !== undefined && to !== undefined && { from, to }),
    ...(range !== undefined && { range }),
  };
  const { data } = useQuery({
    queryKey: [RUNBOOKS, MARKS, agent, shown],
    queryFn: async ({ signal }) => {
      const window = windowAt(shown, hubNow());
      const time = { start: window.from, end: window.to + 60 };
      const [done, set] = await Promise.all([fetchAnnotations(agent, time, signal), fetchMarks(time, agent, signal)]);
      // Words of all states come when there is something to be said.
      if (done.length + set.length === 0) return NONE;
      const { marksOf } = await import("./mark-words");
      return marksOf(done, set);
    },
    refetchInterval: isLive(shown) ? RENEW_MS : false,
    placeholderData: (previous) => previous,
  });
  return data ?? NONE;
}
