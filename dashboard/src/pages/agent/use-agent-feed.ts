import { useEffect, useState } from "react";
import type { RangeSearch } from "@/lib/range";
import { AgentFeed } from "@/state/agent-feed";
import { live } from "@/state/live";

/** Charts in two columns on a desk, one on a phone: close enough to ask for one point a pixel. */
function chartPixels(): number {
  return window.innerWidth < 1024 ? window.innerWidth : window.innerWidth / 2;
}

/** The feed of one agent, running as long as the page is there and showing what the URL asks for. */
export function useAgentFeed(agent: number, { from, to, range }: RangeSearch): AgentFeed {
  const [feed, setFeed] = useState(() => ({ agent, value: new AgentFeed(agent, live) }));
  const current = feed.agent === agent ? feed : { agent, value: new AgentFeed(agent, live) };
  if (current !== feed) setFeed(current);
  const { value } = current;
  useEffect(() => {
    value.start();
    return () => value.stop();
  }, [value]);
  useEffect(() => {
    const fixed = from !== undefined && to !== undefined ? { from, to } : {};
    value.show({ ...fixed, ...(range === undefined ? {} : { range }) }, chartPixels());
  }, [value, from, to, range]);
  return value;
}
