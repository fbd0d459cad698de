// Taking up a pass: what this browser shows that opened a shared link.
import { showingShared } from "@/api/client";
import { asProblem } from "@/api/problem";
import { fetchPass } from "@/api/shares";
import type { Pass, User } from "@/api/types";
import { keep } from "@/lib/kept";
import { live } from "./live";
import { PASS_HINT_KEY, pass } from "./pass";
import { meQuery, queryClient } from "./session";

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
  keep(PASS_HINT_KEY, "1");
  showingShared.set(true);
  live.enter("/shared");
  queryClient.setQueryData(meQuery.queryKey, ONLOOKER);
  pass.set(found);
}

/** Takes up the pass that this browser has; null where that shows nothing, or nothing any more. */
export async function resumePass(): Promise<Pass | null> {
  const held = pass.get();
  if (held !== null) return held;
  try {
    const found = await fetchPass();
    beginPass(found);
    return found;
  } catch (error) {
    if (asProblem(error).status === 401) return null;
    throw error;
  }
}
