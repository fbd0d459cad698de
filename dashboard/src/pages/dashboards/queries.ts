import { queryOptions } from "@tanstack/react-query";
import { fetchDashboard, fetchDashboards } from "@/api/dashboards";
import type { DashboardDetail } from "@/api/types";
import { queryClient } from "@/state/session";

const KEY = "dashboards";

export const dashboardsQuery = queryOptions({ queryKey: [KEY], queryFn: fetchDashboards });

/** Read again now and then: what somebody else saves is seen on a wall, too. */
export const dashboardQuery = (id: number) =>
  queryOptions({ queryKey: [KEY, id], queryFn: () => fetchDashboard(id), refetchInterval: 60_000 });

/** Takes what the hub answered to a change. */
export function keepDashboard(detail: DashboardDetail): void {
  queryClient.setQueryData(dashboardQuery(detail.id).queryKey, detail);
  void queryClient.invalidateQueries({ queryKey: dashboardsQuery.queryKey, exact: true });
}

export function refreshDashboards(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: [KEY] });
}
