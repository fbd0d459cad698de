// Dashboards: what a team wants to see together.
import type { DashboardSpec } from "@/lib/dashboard-spec";
import { api, unwrap } from "./client";
import type { DashboardDetail, DashboardItem } from "./types";

/** What people write of a dashboard, and what is exported and imported. */
export interface DashboardContent {
  name: string;
  description: string;
  spec: DashboardSpec;
}

export async function fetchDashboards(): Promise<DashboardItem[]> {
  return (await unwrap(api.GET("/api/v1/dashboards"))).items;
}

const path = (id: number) => ({ params: { path: { dashboard_id: id } } });

export async function fetchDashboard(id: number): Promise<DashboardDetail> {
  return (await unwrap(api.GET("/api/v1/dashboards/{dashboard_id}", path(id)))) as DashboardDetail;
}

export async function createDashboard(body: DashboardContent): Promise<DashboardDetail> {
  return (await unwrap(api.POST("/api/v1/dashboards", { body }))) as DashboardDetail;
}

/** Writes a new version; it is refused with 409 where somebody else wrote one since `basedOn`. */
export async function changeDashboard(
  id: number,
  content: DashboardContent,
  basedOn: number,
): Promise<DashboardDetail> {
  const body = { ...content, based_on: basedOn };
  return (await unwrap(api.PUT("/api/v1/dashboards/{dashboard_id}", { ...path(id), body }))) as DashboardDetail;
}

export async function deleteDashboard(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/dashboards/{dashboard_id}", path(id)));
}

export async function restoreDashboard(id: number): Promise<DashboardDetail> {
  return (await unwrap(api.POST("/api/v1/dashboards/{dashboard_id}/restore", path(id)))) as DashboardDetail;
}
