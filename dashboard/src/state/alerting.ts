import { queryOptions } from "@tanstack/react-query";
import { useEffect } from "react";
import { fetchIncidents } from "@/api/incidents";
import { live } from "./live";
import { refreshMarks } from "./marks";
import { queryClient } from "./session";

/** What all queries about alerts, incidents and quiet begin with. */
export const ALERTING = "alerting";
/** Many incidents that change at once are read again once. */
const GATHER_MS = 300;
const CONNECTED_MS = 30_000;
const ALONE_MS = 5000;

/** How often to ask by oneself: rarely while the live feed tells of changes. */
export function pollInterval(): number {
  return live.state.get() === "connected" ? CONNECTED_MS : ALONE_MS;
}

/** Reads everything about alerts, incidents and quiet again. */
export function refreshAlerting(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: [ALERTING] });
}

/** How many incidents nobody looks after. */
export const openCountQuery = queryOptions({
  queryKey: [ALERTING, "open count"], // not a text
  queryFn: async () => (await fetchIncidents({ state: ["open"], limit: 1 })).total,
  refetchInterval: pollInterval,
});

/** Reads all that alerts change again as the live feed tells of an incident; returns what ends that. */
export function followIncidents(): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const read = () => {
    timer = null;
    void refreshAlerting();
    void refreshMarks();
  };
  const end = live.incidents.subscribe(() => {
    timer ??= setTimeout(read, GATHER_MS);
  });
  return () => {
    end();
    if (timer !== null) clearTimeout(timer);
  };
}

/** Keeps all pages that show alerts up to date with the live feed. */
export function useAlertingFeed(): void {
  useEffect(followIncidents, []);
}
