import { QueryClient, queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { fetchMe } from "@/api/people";
import { asProblem } from "@/api/problem";
import type { Role, User } from "@/api/types";
import { covers, isEverything } from "@/lib/access";
import { keep, readKept } from "@/lib/kept";
import { FleetStore } from "./fleet";
import { live } from "./live";
import { PASS_HINT_KEY } from "./pass";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // What the hub refuses it refuses again; only a hub that cannot be reached is worth another try.
      retry: (count, error) => asProblem(error).status === 0 && count < 3,
    },
  },
});

export const fleet = new FleetStore(live);

export const meQuery = queryOptions({ queryKey: ["me"], queryFn: fetchMe, staleTime: Number.POSITIVE_INFINITY });

const HINT_KEY = "opsentrix.session";

/**
 * Remembers that this browser logged in. The session itself is a cookie that scripts cannot see; without the hint every
 * first visit would begin with a request that must fail.
 */
function remember(hint: boolean): void {
  keep(HINT_KEY, hint ? "1" : null);
  // A person needs no pass.
  if (hint) keep(PASS_HINT_KEY, null);
}

/** Where the browser does not tell, only the hub can. */
function mayBeLoggedIn(): boolean {
  return readKept(HINT_KEY) !== null;
}

/** Takes note of a login at an identity provider, which leads here with a mark in the address. */
export function noteProviderLogin(): void {
  if (window.location.hash !== "#logged-in") return;
  remember(true);
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
}

/** Starts the session of a user who has just logged in. */
export function beginSession(user: User): void {
  remember(true);
  queryClient.setQueryData(meQuery.queryKey, user);
}

/** Who is logged in, null for nobody. Throws a Problem when the hub cannot say. */
export async function currentUser(): Promise<User | null> {
  if (!mayBeLoggedIn()) return null;
  try {
    return await queryClient.ensureQueryData(meQuery);
  } catch (error) {
    if (asProblem(error).status === 401) return null;
    throw error;
  }
}

export function useUser(): User {
  return useSuspenseQuery(meQuery).data;
}

/** Whether the user may do what needs a role. */
export function useMay(needed: Role): boolean {
  return covers(useUser().role, needed);
}

/** Whether the user is an admin of all agents, which is what concerns everybody needs. */
export function useGoverns(): boolean {
  const { role, scope } = useUser();
  return role === "admin" && isEverything(scope);
}

/** Forgets everything that belongs to the session, once its pages are left; the next user must not see it. */
export function forgetSession(): void {
  remember(false);
  live.close();
  fleet.clear();
  queryClient.clear();
}
