import { queryOptions } from "@tanstack/react-query";
import { fetchCommands } from "@/api/command-list";
import { LISTS_RESPONSES } from "./responses";
import { pollInterval } from "./told";

/** What all queries about commands begin with. */
export const COMMANDS = "commands";
const POLL_MS = 15_000;
const MOST_AWAITED = 200;

/** Commands that wait until a second person approves them, the newest first. */
export const awaitingQuery = queryOptions({
  queryKey: [COMMANDS, "awaiting"],
  queryFn: async () => (await fetchCommands({ state: ["awaiting_approval"], limit: MOST_AWAITED })).items,
  meta: LISTS_RESPONSES,
  refetchInterval: pollInterval(POLL_MS),
});
