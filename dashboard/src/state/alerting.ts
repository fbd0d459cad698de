import { queryOptions } from "@tanstack/react-query";
import { useEffect } from "react";
import { fetchIncidents } from "@/api/incidents";
import { live } from "./live";
import { refreshMarks } from "./marks";
import { queryClient } from "./session";
import { follow, pollInterval } from "./told";

/** What all queries about alerts, incidents and quiet begin with. */
export const ALERTING = "alerting";
/** How often to ask by oneself for what the live feed tells of. */
export const alertingPoll = pollInterval(5000);

/** Reads everything about alerts, incidents and quiet again. */
export function refreshAlerting(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: [ALERTING] });
}

/** How many incidents nobody looks after. */
export const openCountQuery = queryOptions({
  queryKey: [ALERTING, "open count"], // not a text
  queryFn: async () => (await fetchIncidents({ state: ["open"], limit: 1 })).total,
  refetchInterval: alertingPoll,
});

/** Reads all that alerts change again as the live feed tells of an incident; returns what ends that. */
export function followIncidents(): () => void {
  return follow(live.incidents, () => {
    void refreshAlerting();
    void refreshMarks();
  });
}

/** Keeps all pages that show alerts up to date with the live feed. */
export function useAlertingFeed(): void {
  useEffect(followIncidents, []);
}
