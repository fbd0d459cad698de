import { useQuery } from "@tanstack/react-query";
import { fetchMarks } from "@/api/marks";
import { hubNow } from "@/lib/clock";
import { isLive, type RangeSearch, type TimeWindow, windowAt } from "@/lib/range";
import type { LaneMark } from "@/pages/marks/lane";
import { setMarkOf } from "@/pages/marks/set-mark";
import { MARKS } from "@/state/marks";

const RENEW_MS = 15_000;

export interface FleetMarks {
  window: TimeWindow;
  marks: readonly LaneMark[];
}

/** What was noted about the machines that one sees in a time; who has only a link is told nothing of it. */
export function useFleetMarks(range: RangeSearch, enabled: boolean): FleetMarks | undefined {
  return useQuery({
    queryKey: [MARKS, "fleet", range],
    enabled,
    queryFn: async ({ signal }): Promise<FleetMarks> => {
      const window = windowAt(range, hubNow());
      const found = await fetchMarks({ start: window.from, end: window.to + 60 }, null, signal);
      return { window, marks: found.map(setMarkOf) };
    },
    refetchInterval: isLive(range) ? RENEW_MS : false,
    placeholderData: (previous) => previous,
  }).data;
}
