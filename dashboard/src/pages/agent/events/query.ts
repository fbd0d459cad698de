import { infiniteQueryOptions } from "@tanstack/react-query";
import { fetchAgentEvents } from "@/api/agent-events";
import { type EventKindName, listedTime } from "@/lib/agent-events";
import { hubNow } from "@/lib/clock";
import { isLive, type RangeSearch, windowAt } from "@/lib/range";
import { MARKS } from "@/state/marks";
import { RUNBOOKS } from "@/state/waiting-runs";

const RENEW_MS = 15_000;
const AT_ONCE = 20;
/** What happens while it is asked for belongs to a time that follows the present. */
const AHEAD_S = 60;

/** What happened to an agent in the time that its page shows, the newest first, page by page. */
export const eventsQuery = (agent: number, range: RangeSearch, kinds: readonly EventKindName[]) =>
  infiniteQueryOptions({
    queryKey: [RUNBOOKS, MARKS, "events", agent, range, kinds],
    queryFn: ({ pageParam, signal }) => {
      const { from, to } = windowAt(range, hubNow());
      const time = listedTime({ from, to: isLive(range) ? to + AHEAD_S : to });
      return fetchAgentEvents({ agent, time, kinds, limit: AT_ONCE }, pageParam, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: isLive(range) ? RENEW_MS : false,
    placeholderData: (previous) => previous,
  });
