import { useEffect } from "react";
import { live } from "./live";
import { refreshMarks } from "./marks";
import { queryClient } from "./session";
import { follow } from "./told";

/** What queries bear that list commands or runs: they are read again when the live feed tells that one changed. */
export const LISTS_RESPONSES = { lists: "responses" }; // not a text

/** Reads lists of commands and runs again, and marks of them, as the live feed tells of any; returns what ends that. */
export function followResponses(): () => void {
  return follow(live.responses, () => {
    void queryClient.invalidateQueries({ predicate: ({ meta }) => meta === LISTS_RESPONSES });
    void refreshMarks();
  });
}

/** Keeps all pages that list commands and runs up to date with the live feed. */
export function useResponseFeed(): void {
  useEffect(followResponses, []);
}
