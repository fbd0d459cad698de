import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { fetchRuns, type RunFilter } from "@/api/runbook-runs";
import { fetchExamples, fetchRun, fetchRunbook, fetchRunbooks } from "@/api/runbooks";
import type { RunbookRun } from "@/api/types";
import { LISTS_RESPONSES } from "./responses";
import { pollInterval } from "./told";
import { RUNBOOKS } from "./waiting-runs";

const POLL_MS = 10_000;
/** Runs that are under way change by themselves within seconds. */
const UNDER_WAY_MS = 2000;

export const runbooksQuery = queryOptions({
  queryKey: [RUNBOOKS, "list"],
  queryFn: fetchRunbooks,
  meta: LISTS_RESPONSES,
  refetchInterval: POLL_MS,
});

export const runbookQuery = (id: number) =>
  queryOptions({
    queryKey: [RUNBOOKS, "one", id],
    queryFn: () => fetchRunbook(id),
    meta: LISTS_RESPONSES,
    refetchInterval: POLL_MS,
  });

export const examplesQuery = queryOptions({
  queryKey: [RUNBOOKS, "examples"],
  queryFn: fetchExamples,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Whether it goes on without anybody doing something. */
function isUnderWay({ state }: RunbookRun): boolean {
  return state !== "ended" && state !== "suggested" && state !== "awaiting_approval";
}

/** Runs, the newest first, page by page. */
export const runPagesQuery = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: [RUNBOOKS, "run pages", filter], // not a text
    queryFn: ({ pageParam, signal }) =>
      fetchRuns({ ...filter, ...(pageParam !== null && { cursor: pageParam }) }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    meta: LISTS_RESPONSES,
    refetchInterval: ({ state }) =>
      pollInterval(state.data?.pages.some(({ items }) => items.some(isUnderWay)) === true ? UNDER_WAY_MS : POLL_MS)(),
  });

export const runQuery = (id: number) =>
  queryOptions({
    queryKey: [RUNBOOKS, "run", id],
    queryFn: () => fetchRun(id),
    refetchInterval: ({ state }) => (state.data?.state === "ended" ? POLL_MS * 3 : UNDER_WAY_MS),
  });
