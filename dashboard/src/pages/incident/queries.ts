import { queryOptions } from "@tanstack/react-query";
import { fetchIncident, fetchNotices } from "@/api/incidents";
import { ALERTING, alertingPoll } from "@/state/alerting";

export const incidentQuery = (id: number) =>
  queryOptions({
    queryKey: [ALERTING, "incident", id],
    queryFn: () => fetchIncident(id),
    refetchInterval: alertingPoll,
  });

/** What was told of an incident; tries go on without the incident changing. */
export const noticesQuery = (id: number) =>
  queryOptions({
    queryKey: [ALERTING, "notices", id],
    queryFn: () => fetchNotices(id),
    refetchInterval: 5000,
  });
