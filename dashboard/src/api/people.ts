// Accounts and people: logging in, one's own account, and what admins do.
import type { Scope } from "@/lib/access";
import { api, unwrap } from "./client";
import type {
  Account,
  IssuedLink,
  LinkOwner,
  PersonSession,
  ProviderLogout,
  Role,
  TotpEnrolment,
  TotpState,
  User,
} from "./types";

/** The user, or null when the code of the second factor comes next. */
export async function login(username: string, password: string): Promise<User | null> {
  const answer = await unwrap(api.POST("/api/v1/auth/login", { body: { username, password } }));
  return "user" in answer ? answer.user : null;
}

export async function sendSecondFactor(code: string): Promise<User> {
  return (await unwrap(api.POST("/api/v1/auth/login/second-factor", { body: { code } }))).user;
}

/** Where to log out of the identity provider too, for who came by one that has such a place. */
export async function logout(): Promise<ProviderLogout | null> {
  return (await unwrap(api.POST("/api/v1/auth/logout"))) ?? null;
}

export function fetchMe(): Promise<User> {
  return unwrap(api.GET("/api/v1/auth/me"));
}

/** Proves who is at the keyboard: by the code for those who have a second factor, else by the password. */
export async function confirmPerson(proof: { password?: string; code?: string }): Promise<void> {
  await unwrap(api.POST("/api/v1/auth/confirm", { body: { password: "", code: "", ...proof } }));
}

export function fetchLinkOwner(token: string): Promise<LinkOwner> {
  return unwrap(api.POST("/api/v1/auth/password-link", { body: { token } }));
}

/** Sets the password of the link's owner, whose name it returns. */
export async function setPasswordByLink(token: string, password: string): Promise<string> {
  return (await unwrap(api.POST("/api/v1/auth/password-link/use", { body: { token, password } }))).username;
}

export async function changePassword(old: string, password: string): Promise<void> {
  await unwrap(api.PUT("/api/v1/account/password", { body: { old_password: old, password } }));
}

export function fetchTotp(): Promise<TotpState> {
  return unwrap(api.GET("/api/v1/account/totp"));
}

export function beginTotp(): Promise<TotpEnrolment> {
  return unwrap(api.POST("/api/v1/account/totp"));
}

/** Turns two-factor authentication on; returns the recovery codes. */
export async function confirmTotp(code: string): Promise<string[]> {
  return (await unwrap(api.POST("/api/v1/account/totp/confirm", { body: { code } }))).codes;
}

export async function disableTotp(): Promise<void> {
  await unwrap(api.DELETE("/api/v1/account/totp"));
}

export async function renewRecoveryCodes(): Promise<string[]> {
  return (await unwrap(api.POST("/api/v1/account/recovery-codes"))).codes;
}

export async function fetchSessions(): Promise<PersonSession[]> {
  return (await unwrap(api.GET("/api/v1/account/sessions"))).items;
}

export async function endSession(session: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/account/sessions/{session_id}", { params: { path: { session_id: session } } }));
}

export async function endOtherSessions(): Promise<void> {
  await unwrap(api.DELETE("/api/v1/account/sessions"));
}

export async function fetchAccounts(): Promise<Account[]> {
  return (await unwrap(api.GET("/api/v1/users"))).items;
}

const DAY_S = 86_400;
const of = (user: number) => ({ path: { user_id: user } });

export function inviteUser(username: string, role: Role): Promise<IssuedLink> {
  return unwrap(api.POST("/api/v1/users", { body: { username, role, expires_in_s: 3 * DAY_S } }));
}

export async function changeUser(user: number, changes: { role?: Role; disabled?: boolean }): Promise<void> {
  await unwrap(api.PATCH("/api/v1/users/{user_id}", { params: of(user), body: changes }));
}

export async function changeScope(user: number, { environments, tags }: Scope): Promise<void> {
  const body = { environments: [...environments], tags: [...tags] };
  await unwrap(api.PUT("/api/v1/users/{user_id}/scope", { params: of(user), body }));
}

/** A link by which somebody sets a new password, good for a day. */
export function createPasswordLink(user: number): Promise<IssuedLink> {
  const body = { expires_in_s: DAY_S };
  return unwrap(api.POST("/api/v1/users/{user_id}/password-link", { params: of(user), body }));
}

export async function removeTotpOf(user: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/users/{user_id}/totp", { params: of(user) }));
}

export async function endSessionsOf(user: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/users/{user_id}/sessions", { params: of(user) }));
}

export async function deleteUser(user: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/users/{user_id}", { params: of(user) }));
}
