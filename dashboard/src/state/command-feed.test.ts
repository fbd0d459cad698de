import { InfiniteQueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { fetchCommand } from "@/api/commands";
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
