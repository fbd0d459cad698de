import { queryClient } from "./session";

/** What the keys of all queries about marks on time axes have in them. */
export const MARKS = "marks";

/** Reads all marks again. */
export function refreshMarks(): Promise<void> {
  return queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey.includes(MARKS) });
}
