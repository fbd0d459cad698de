// What this browser shows that opened a shared link, where nobody is logged in.
import { showingShared } from "@/api/client";
import { asProblem } from "@/api/problem";
import { fetchPass } from "@/api/shares";
import type { Pass, User } from "@/api/types";
import { keep, readKept } from "@/lib/kept";
import { Signal } from "@/lib/signal";
import { live } from "./live";
import { meQuery, PASS_HINT_KEY, queryClient } from "./session";
import { useSignal } from "./use-signal";

/** What is shared; null for who is logged in, and for nobody. */
export const pass = new Signal<Pass | null>(null);

/** Whoever looks at a shared page: nobody in particular, who may change nothing. */
const ONLOOKER: User = {
  id: 0,
  username: "",
  role: "viewer",
  scope: { environments: [], tags: [] },
  method: "",
  totp: false,
  must_enroll: false,
};

/** From now on this page asks what passes may ask, and nothing else. */
export function beginPass(found: Pass): void {
  // The cookie is out of scripts' reach: without this mark each visit of nobody would ask for a pass in vain.
  keep(PASS_HINT_KEY, "1");
  showingShared.set(true);
  live.enter("/shared");
  queryClient.setQueryData(meQuery.queryKey, ONLOOKER);
  pass.set(found);
}

/** Takes up the pass that this browser has: null where it never had one, "over" where that shows nothing any more. */
export async function resumePass(): Promise<Pass | "over" | null> {
  const held = pass.get();
  if (held !== null) return held;
  if (readKept(PASS_HINT_KEY) == null) return null;
  try {
    const found = await fetchPass();
    beginPass(found);
    return found;
  } catch (error) {
    if (asProblem(error).status === 401) return "over";
    throw error;
  }
}

/** Whether this page shows what somebody shared. */
export function useShared(): boolean {
  return useSignal(pass) !== null;
}
