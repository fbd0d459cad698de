// Logins at identity providers, as several pages need them.
import { queryOptions } from "@tanstack/react-query";
import { fetchProviders } from "@/api/identities";
import type { ProviderLogout } from "@/api/types";
import { Signal } from "@/lib/signal";

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: fetchProviders,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Set by a logout: where the person is logged in still. */
export const stillLoggedIn = new Signal<ProviderLogout | null>(null);

const proofs = "opsentrix.proof";

/** Tells the page that asked for a proof, in another tab, that the provider gave it. */
export function announceProof(): void {
  const channel = new BroadcastChannel(proofs);
  channel.postMessage(null);
  channel.close();
}

/** Calls back when a proof was given in another tab. */
export function onProof(done: () => void): () => void {
  const channel = new BroadcastChannel(proofs);
  channel.onmessage = done;
  return () => channel.close();
}
