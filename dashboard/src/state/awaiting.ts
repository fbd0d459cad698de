import { queryOptions } from "@tanstack/react-query";
import { fetchCommands } from "@/api/command-list";

/** What all queries about commands begin with. */
export const COMMANDS = "commands";
const POLL_MS = 15_000;
const MOST_AWAITED = 200;

/** Commands that wait until a second person approves them, the newest first. */
export const awaitingQuery = queryOptions({
  queryKey: [COMMANDS, "awaiting"],
  queryFn: async () => (await fetchCommands({ state: ["awaiting_approval"], limit: MOST_AWAITED })).items,
  refetchInterval: POLL_MS,
});
