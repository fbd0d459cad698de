import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Signal } from "@/lib/signal";
import { live } from "./live";
import { follow, pollInterval } from "./told";

beforeEach(() => vi.useFakeTimers());

afterEach(() => {
  vi.useRealTimers();
  live.state.set("idle");
});

test("what the live feed tells of is asked for rarely while it does, and often while it cannot", () => {
  const interval = pollInterval(2000);
  expect(interval()).toBe(2000);
  live.state.set("connected");
  expect(interval()).toBeGreaterThan(10_000);
  live.state.set("reconnecting");
  expect(interval()).toBe(2000);
});

test("many changes at once are read once, and none once nobody follows", () => {
  const changes = new Signal(0);
  const read = vi.fn();
  const end = follow(changes, read);
  changes.set(1);
  changes.set(2);
  expect(read).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(read).toHaveBeenCalledTimes(1);
  changes.set(3);
  end();
  changes.set(4);
  vi.advanceTimersByTime(1000);
  expect(read).toHaveBeenCalledTimes(1);
});
