import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ALERTING, followIncidents } from "./alerting";
import { live } from "./live";
import { MARKS } from "./marks";
import { queryClient } from "./session";

const ALERTS = [ALERTING, "firing", 1];
const EVENTS = ["runbooks", MARKS, "events", 1];
const OTHERS = ["config", 1];
const KEYS = [ALERTS, EVENTS, OTHERS];

const stale = () => KEYS.filter((key) => queryClient.getQueryState(key)?.isInvalidated);
const tell = () => live.incidents.set(live.incidents.get() + 1);

beforeEach(() => {
  vi.useFakeTimers();
  for (const key of KEYS) queryClient.setQueryData(key, []);
});

afterEach(() => {
  queryClient.clear();
  vi.useRealTimers();
});

test("an incident that changes makes alerts and events be read again, once for many", () => {
  const read = vi.spyOn(queryClient, "invalidateQueries");
  const end = followIncidents();
  tell();
  tell();
  expect(stale()).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(stale()).toEqual([ALERTS, EVENTS]);
  expect(read).toHaveBeenCalledTimes(2);
  end();
});
