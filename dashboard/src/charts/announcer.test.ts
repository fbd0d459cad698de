import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Announcer } from "./announcer";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("says the first at once, then the newest, and nothing after its end", () => {
  const region = { textContent: "" } as HTMLElement;
  const announcer = new Announcer(() => region);
  announcer.say("one");
  announcer.say("two");
  announcer.say("three");
  expect(region.textContent).toBe("one");
  vi.advanceTimersByTime(400);
  expect(region.textContent).toBe("three");
  announcer.say("four");
  announcer.stop();
  vi.advanceTimersByTime(4000);
  expect(region.textContent).toBe("three");
});
