import { afterEach, expect, test } from "vitest";
import { live } from "./live";
import { pollInterval } from "./told";

afterEach(() => live.state.set("idle"));

test("what the live feed tells of is asked for rarely while it does, and often while it cannot", () => {
  const interval = pollInterval(2000);
  expect(interval()).toBe(2000);
  live.state.set("connected");
  expect(interval()).toBeGreaterThan(10_000);
  live.state.set("reconnecting");
  expect(interval()).toBe(2000);
});
