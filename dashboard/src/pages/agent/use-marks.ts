import { useQuery } from "@tanstack/react-query";
import { fetchAgentEvents } from "@/api/agent-events";
import { fetchMarks } from "@/api/marks";
import { type EventKindName, listedTime } from "@/lib/agent-events";
import { hubNow } from "@/lib/clock";
import { isLive, type RangeSearch, rangeOf, windowAt } from "@/lib/range";
import type { LaneMark } from "@/pages/marks/lane";
import { MARKS } from "@/state/marks";
import { RUNBOOKS } from "@/state/waiting-runs";

const RENEW_MS = 15_000;
/** More could not be told apart. */
const MOST = 100;
const DONE: readonly EventKindName[] = ["restart", "command", "runbook"];
const NONE: readonly LaneMark[] = [];

/** What happened to a machine, and was noted about it, in the time that its page shows. */
export function useMarks(agent: number, search: RangeSearch): readonly LaneMark[] {
  const shown = rangeOf(search);
  const { data } = useQuery({
    queryKey: [RUNBOOKS, MARKS, agent, shown],
    queryFn: async ({ signal }) => {
      const window = windowAt(shown, hubNow());
      const time = { start: window.from, end: window.to + 60 };
      const listed = listedTime({ from: time.start, to: time.end });
      const of = (kinds: readonly EventKindName[]) =>
        fetchAgentEvents({ agent, time: listed, kinds, limit: MOST }, null, signal).then(({ items }) => items);
      // Alerts on their own: many of them leave no less room for the rest.
      const [done, alerts, set] = await Promise.all([of(DONE), of(["alert"]), fetchMarks(time, agent, signal)]);
      // Words of all states come when there is something to be said.
      if (done.length + alerts.length + set.length === 0) return NONE;
      const { marksOf } = await import("./mark-words");
      return marksOf(done, alerts, set, window);
    },
    refetchInterval: isLive(shown) ? RENEW_MS : false,
    placeholderData: (previous) => previous,
  });
  return data ?? NONE;
}
