// Whether anybody is watching: the hub's own checks, the canary, and the dead man's switch.
import { api, unwrap } from "./client";
import type { DeadManAnswer, Watch } from "./types";

export function fetchWatch(): Promise<Watch> {
  return unwrap(api.GET("/api/v1/system/watch"));
}

/** Pings now; what comes back is the answer, or why nothing left. */
export function testDeadMan(): Promise<DeadManAnswer> {
  return unwrap(api.POST("/api/v1/system/watch/deadman/test"));
}
