import { infiniteQueryOptions } from "@tanstack/react-query";
import { fetchCommands } from "@/api/command-list";
import type { CommandSearch } from "@/lib/command-search";
import { COMMANDS } from "@/state/awaiting";
import { LISTS_RESPONSES } from "@/state/responses";
import { pollInterval } from "@/state/told";

const PAGE = 50;
const POLL_MS = 5000;

/** Commands, the newest first, page by page. */
export function historyQuery({ agent, action, state, by }: CommandSearch) {
  const filter = {
    ...(agent === undefined ? {} : { agent }),
    ...(action === undefined ? {} : { action }),
    ...(state === undefined ? {} : { state }),
    ...(by === undefined ? {} : { requested_by: by }),
  };
  return infiniteQueryOptions({
    queryKey: [COMMANDS, "history", filter],
    queryFn: ({ pageParam, signal }) =>
      fetchCommands({ ...filter, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    meta: LISTS_RESPONSES,
    refetchInterval: pollInterval(POLL_MS),
    placeholderData: (previous) => previous,
  });
}
