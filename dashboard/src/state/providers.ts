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

/** Tells the page that asked for a proof, in another tab, that the provider gave it, or why it is none. */
export function announceProof(refused: string | null): void {
  const channel = new BroadcastChannel(proofs);
  channel.postMessage(refused);
  channel.close();
}

/** Calls back when a proof was given in another tab, with null, or refused, with why. */
export function onProof(came: (refused: string | null) => void): () => void {
  const channel = new BroadcastChannel(proofs);
  channel.onmessage = ({ data }) => came(data === null ? null : String(data));
  return () => channel.close();
}
