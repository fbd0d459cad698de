// Identity providers: where people log in but here, and what an account is linked to.
import { api, unwrap } from "./client";
import type { IdentityList, IdentityProvider } from "./types";

export async function fetchProviders(): Promise<IdentityProvider[]> {
  return (await unwrap(api.GET("/api/v1/auth/providers"))).items;
}

export function fetchIdentities(): Promise<IdentityList> {
  return unwrap(api.GET("/api/v1/account/identities"));
}

/** Where the browser goes to link the account. */
export async function beginLink(): Promise<string> {
  return (await unwrap(api.POST("/api/v1/account/identities"))).url;
}

export async function unlink(identity: number): Promise<void> {
  const path = { identity_id: identity };
  await unwrap(api.DELETE("/api/v1/account/identities/{identity_id}", { params: { path } }));
}

/** Where a person proves again at the provider that it is them. */
export async function beginProof(): Promise<string> {
  return (await unwrap(api.POST("/api/v1/auth/oidc/confirm"))).url;
}
