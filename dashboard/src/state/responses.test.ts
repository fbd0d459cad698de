import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { awaitingQuery } from "./awaiting";
import { commandQuery } from "./commands";
import { live } from "./live";
import { MARKS } from "./marks";
import { followResponses } from "./responses";
import { queryClient } from "./session";
import { waitingRunsQuery } from "./waiting-runs";

const EVENTS = ["runbooks", MARKS, "events", 1];
const COMMAND = commandQuery(1).queryKey;

const stale = () => queryClient.getQueryCache().findAll({ predicate: ({ state }) => state.isInvalidated }).length;
const tell = () => live.responses.set(live.responses.get() + 1);

beforeEach(async () => {
  vi.useFakeTimers();
  await queryClient.prefetchQuery({ ...awaitingQuery, queryFn: () => [] });
  await queryClient.prefetchQuery({ ...waitingRunsQuery, queryFn: () => ({ items: [], next: null, total: 0 }) });
  queryClient.setQueryData(EVENTS, []);
  queryClient.setQueryData(COMMAND, { pages: [], pageParams: [] });
});

afterEach(() => {
  queryClient.clear();
  vi.useRealTimers();
});

test("news of commands and runs make their lists and marks be read again, and no command that has a feed of its own", () => {
  const end = followResponses();
  tell();
  tell();
  expect(stale()).toBe(0);
  vi.advanceTimersByTime(1000);
  for (const key of [awaitingQuery.queryKey, waitingRunsQuery.queryKey, EVENTS])
    expect(queryClient.getQueryState(key)?.isInvalidated).toBe(true);
  expect(queryClient.getQueryState(COMMAND)?.isInvalidated).toBe(false);
  end();
});
