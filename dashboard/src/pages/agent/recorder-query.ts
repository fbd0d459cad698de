import { queryOptions } from "@tanstack/react-query";
import { fetchRecorded, fetchRecordings } from "@/api/calls";
import type { Recording } from "@/api/types";
import { isOpen } from "@/lib/recording";

/** Looks again each second while one is on its way. */
export const recordingsQuery = (agent: number) =>
  queryOptions({
    queryKey: ["recordings", agent],
    queryFn: () => fetchRecordings(agent),
    refetchInterval: ({ state }) => (state.data?.items.some(isOpen) === true ? 1000 : 15_000),
  });

/** What came of it does not change any more once it is finished. */
export const recordedQuery = (agent: number, { id, bytes }: Pick<Recording, "id" | "bytes">) =>
  queryOptions({
    queryKey: ["recordings", agent, id, bytes],
    queryFn: ({ signal }) => fetchRecorded(agent, id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
