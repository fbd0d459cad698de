// What keeps alerts quiet: silences, maintenance windows, and agents that are behind others.
import { api, unwrap } from "./client";
import type { paths } from "./schema";
import type { Covered, Dependencies, MaintenanceWindow, Matcher, Occurrence, Silence } from "./types";

type Body<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  requestBody: { content: { "application/json": infer Content } };
}
  ? Content
  : never;
export type NewSilence = Body<"/api/v1/silences", "post">;
export type WindowBody = Body<"/api/v1/maintenance-windows", "post">;
export type WindowTimes = Body<"/api/v1/maintenance-windows/preview", "post">;

export async function fetchSilences(ended: boolean): Promise<Silence[]> {
  return (await unwrap(api.GET("/api/v1/silences", { params: { query: { ended } } }))).items;
}

export function createSilence(body: NewSilence): Promise<Silence> {
  return unwrap(api.POST("/api/v1/silences", { body }));
}

const silence = (id: number) => ({ path: { silence_id: id } });

/** Lets a silence end at another moment, in Unix seconds. */
export function moveSilenceEnd(id: number, endsAt: number): Promise<Silence> {
  return unwrap(api.PATCH("/api/v1/silences/{silence_id}", { params: silence(id), body: { ends_at: endsAt } }));
}

export async function endSilence(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/silences/{silence_id}", { params: silence(id) }));
}

/** Whom demands are about; of these agents only, where there are any. */
export function previewSilence(matchers: Matcher[], agents: number[], signal: AbortSignal): Promise<Covered> {
  return unwrap(api.POST("/api/v1/silences/preview", { body: { matchers, agents }, signal }));
}

export async function fetchWindows(): Promise<MaintenanceWindow[]> {
  return (await unwrap(api.GET("/api/v1/maintenance-windows"))).items;
}

/** Changes a window, or adds one when there is no id. */
export function saveWindow(id: number | null, body: WindowBody): Promise<MaintenanceWindow> {
  if (id === null) return unwrap(api.POST("/api/v1/maintenance-windows", { body }));
  const params = { path: { window_id: id } };
  return unwrap(api.PUT("/api/v1/maintenance-windows/{window_id}", { params, body }));
}

export async function deleteWindow(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/maintenance-windows/{window_id}", { params: { path: { window_id: id } } }));
}

/** When a window would come. */
export async function previewWindow(body: WindowTimes, signal: AbortSignal): Promise<Occurrence[]> {
  return (await unwrap(api.POST("/api/v1/maintenance-windows/preview", { body, signal }))).upcoming;
}

const agent = (id: number) => ({ path: { agent_id: id } });

export function fetchDependencies(id: number): Promise<Dependencies> {
  return unwrap(api.GET("/api/v1/agents/{agent_id}/dependencies", { params: agent(id) }));
}

/** Sets which agents an agent is behind. */
export function setDependencies(id: number, behind: number[]): Promise<Dependencies> {
  return unwrap(api.PUT("/api/v1/agents/{agent_id}/dependencies", { params: agent(id), body: { behind } }));
}
