// The newest values of a metric over the whole fleet.
import { api, unwrap } from "./client";
import type { NewestValue } from "./types";

/** As many agents as the hub answers for at once. */
const MOST = 10_000;

/** Each agent that has the metric, with the highest of its series. */
export async function fetchHighest(metric: string, signal: AbortSignal): Promise<NewestValue[]> {
  const query = { metric, k: MOST, per_agent: true };
  return (await unwrap(api.GET("/api/v1/series/top", { params: { query }, signal }))).items;
}
