// Channels, routes, and who is on call.
import { api, unwrap } from "./client";
import type { paths } from "./schema";
import type {
  Channel,
  ChannelKinds,
  ChannelTest,
  Escalation,
  NoticePage,
  NoticeRoute,
  Rota,
  RoutePreview,
  Shift,
} from "./types";

type Body<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  requestBody: { content: { "application/json": infer Content } };
}
  ? Content
  : never;
export type NewChannel = Body<"/api/v1/channels", "post">;
export type ChannelChange = Body<"/api/v1/channels/{channel_id}", "patch">;
export type RouteBody = Body<"/api/v1/routes", "post">;
export type RotaBody = Body<"/api/v1/rotas", "post">;
export type EscalationBody = Body<"/api/v1/escalations", "post">;
export type OverrideBody = Body<"/api/v1/rotas/{rota_id}/overrides", "post">;
export type PreviewBody = Body<"/api/v1/routes/preview", "post">;

export function fetchChannelKinds(): Promise<ChannelKinds> {
  return unwrap(api.GET("/api/v1/channel-kinds"));
}

export async function fetchChannels(): Promise<Channel[]> {
  return (await unwrap(api.GET("/api/v1/channels"))).items;
}

export function createChannel(body: NewChannel): Promise<Channel> {
  return unwrap(api.POST("/api/v1/channels", { body }));
}

const channel = (id: number) => ({ path: { channel_id: id } });

export function changeChannel(id: number, body: ChannelChange): Promise<Channel> {
  return unwrap(api.PATCH("/api/v1/channels/{channel_id}", { params: channel(id), body }));
}

export async function deleteChannel(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/channels/{channel_id}", { params: channel(id) }));
}

/** Sends a test; what comes back is the provider's own answer. */
export function testChannel(id: number): Promise<ChannelTest> {
  return unwrap(api.POST("/api/v1/channels/{channel_id}/test", { params: channel(id) }));
}

export async function fetchRoutes(): Promise<NoticeRoute[]> {
  return (await unwrap(api.GET("/api/v1/routes"))).items;
}

/** Changes a route, or adds one when there is no id. */
export async function saveRoute(id: number | null, body: RouteBody): Promise<void> {
  if (id === null) await unwrap(api.POST("/api/v1/routes", { body }));
  else await unwrap(api.PUT("/api/v1/routes/{route_id}", { params: { path: { route_id: id } }, body }));
}

export async function orderRoutes(ids: number[]): Promise<NoticeRoute[]> {
  return (await unwrap(api.PUT("/api/v1/routes/order", { body: { ids } }))).items;
}

export async function deleteRoute(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/routes/{route_id}", { params: { path: { route_id: id } } }));
}

export function previewRoutes(body: PreviewBody): Promise<RoutePreview> {
  return unwrap(api.POST("/api/v1/routes/preview", { body }));
}

export async function fetchEscalations(): Promise<Escalation[]> {
  return (await unwrap(api.GET("/api/v1/escalations"))).items;
}

/** Changes an escalation, or adds one when there is no id. */
export async function saveEscalation(id: number | null, body: EscalationBody): Promise<void> {
  if (id === null) await unwrap(api.POST("/api/v1/escalations", { body }));
  else await unwrap(api.PUT("/api/v1/escalations/{escalation_id}", { params: { path: { escalation_id: id } }, body }));
}

export async function deleteEscalation(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/escalations/{escalation_id}", { params: { path: { escalation_id: id } } }));
}

export async function fetchRotas(): Promise<Rota[]> {
  return (await unwrap(api.GET("/api/v1/rotas"))).items;
}

/** Changes a rota, or adds one when there is no id. */
export async function saveRota(id: number | null, body: RotaBody): Promise<void> {
  if (id === null) await unwrap(api.POST("/api/v1/rotas", { body }));
  else await unwrap(api.PUT("/api/v1/rotas/{rota_id}", { params: { path: { rota_id: id } }, body }));
}

export async function deleteRota(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/rotas/{rota_id}", { params: { path: { rota_id: id } } }));
}

/** Who is on call between two moments in Unix seconds. */
export async function fetchShifts(id: number, from: number, to: number): Promise<Shift[]> {
  const params = { path: { rota_id: id }, query: { from, to } };
  return (await unwrap(api.GET("/api/v1/rotas/{rota_id}/shifts", { params }))).items;
}

export async function addOverride(id: number, body: OverrideBody): Promise<void> {
  await unwrap(api.POST("/api/v1/rotas/{rota_id}/overrides", { params: { path: { rota_id: id } }, body }));
}

export async function removeOverride(id: number, one: { begins: string; ends: string; name: string }): Promise<void> {
  const query = { begins: Date.parse(one.begins) / 1000, ends: Date.parse(one.ends) / 1000, name: one.name };
  await unwrap(api.DELETE("/api/v1/rotas/{rota_id}/overrides", { params: { path: { rota_id: id }, query } }));
}

export type Outcome = "failing" | "waiting" | "delivered" | "nobody";

/** What was told to whom, newest first; `cursor` is the id of the last one that is known. */
export function fetchNotifications(outcome: Outcome | null, cursor: number | null): Promise<NoticePage> {
  return unwrap(api.GET("/api/v1/notifications", { params: { query: { outcome, cursor, limit: 30 } } }));
}
