import { InfiniteQueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { fetchCommand, fetchPieces } from "@/api/commands";
import type { CommandDetail } from "@/api/types";
import { CommandFeed } from "./command-feed";
import { commandQuery } from "./commands";
import type { LiveLink } from "./live";
import { queryClient } from "./session";

vi.mock("@/api/commands");

const ID = 7;
const LINK = { watchCommand: () => Promise.resolve() } as unknown as LiveLink;

function read(state: CommandDetail["state"]): CommandDetail {
  return { id: ID, state, items: [], next_run: null } as unknown as CommandDetail;
}

test("an end that is told while the page reads the command for the first time is shown", async () => {
  const answers: Array<(page: CommandDetail) => void> = [];
  vi.mocked(fetchCommand).mockImplementation(() => new Promise((resolve) => answers.push(resolve)));
  const page = new InfiniteQueryObserver(queryClient, commandQuery(ID));
  const leave = page.subscribe(() => undefined);
  const feed = new CommandFeed(ID, LINK);
  feed.start();
  feed.command({ state: "finished", note: "" });
  answers[0]?.(read("running"));

  await vi.waitFor(() => expect(answers.length).toBeGreaterThan(1));
  for (const answer of answers) answer(read("finished"));
  await vi.waitFor(() => expect(page.getCurrentResult().data?.pages[0]?.state).toBe("finished"));
  leave();
});

const AGENT = 3;

const piece = (seq: number, text: string) => ({
  command: ID,
  agent: AGENT,
  seq,
  stream: "stdout" as const,
  data: new TextEncoder().encode(text).buffer,
});

const shown = (feed: CommandFeed) =>
  feed.view.get().blocks.flatMap(({ lines }) => lines.map(({ pieces }) => pieces.map(({ text }) => text).join("")));

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("the first piece is shown at once, the next ones with the next picture", async () => {
  const frames: FrameRequestCallback[] = [];
  vi.stubGlobal("requestAnimationFrame", (draw: FrameRequestCallback) => frames.push(draw));
  vi.mocked(fetchPieces).mockReturnValue(new Promise(() => undefined));
  const feed = new CommandFeed(ID, LINK);
  feed.follow(AGENT);
  feed.output(piece(1, "one\n"));
  expect(shown(feed)).toContain("one");
  feed.output(piece(2, "two\n"));
  expect(shown(feed)).not.toContain("two");
  frames[0]?.(0);
  expect(shown(feed)).toContain("two");
});

test("output that cannot be fetched is fetched again, and nothing that came meanwhile is lost", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (draw: FrameRequestCallback) => draw(0) ?? 1);
  vi.mocked(fetchPieces).mockRejectedValueOnce(new Error("gone"));
  const feed = new CommandFeed(ID, LINK);
  feed.follow(AGENT);
  await vi.advanceTimersByTimeAsync(1);
  expect(feed.view.get().problem).not.toBeNull();
  feed.output(piece(3, "three\n"));
  const before = { seq: 2, stream: "stdout" as const, data: btoa("two\n") };
  vi.mocked(fetchPieces).mockResolvedValueOnce({ items: [before], seq: 2 } as never);
  await vi.advanceTimersByTimeAsync(5000);
  expect(feed.view.get().problem).toBeNull();
  expect(shown(feed).filter((line) => line !== "")).toEqual(["two", "three"]);
});
