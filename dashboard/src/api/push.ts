// Notifications in one's own browsers.
import { api, unwrap } from "./client";
import type { PushBrowser, PushState, PushTest } from "./types";

export function fetchPush(): Promise<PushState> {
  return unwrap(api.GET("/api/v1/account/push"));
}

/** Tells the hub how to reach this browser. */
export function addBrowser(subscription: PushSubscription): Promise<PushBrowser> {
  const { endpoint = "", keys } = subscription.toJSON();
  const body = { endpoint, keys: { p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" } };
  return unwrap(api.POST("/api/v1/account/push", { body }));
}

const browser = (id: number) => ({ path: { subscription_id: id } });

export async function removeBrowser(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/account/push/{subscription_id}", { params: browser(id) }));
}

/** Sends a test; what comes back is the push service's own answer. */
export function testBrowser(id: number): Promise<PushTest> {
  return unwrap(api.POST("/api/v1/account/push/{subscription_id}/test", { params: browser(id) }));
}
