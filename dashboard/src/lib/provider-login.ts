// What pages need to know of logins at an identity provider.

import { t } from "@lingui/core/macro";

/** What the hub takes as the page to go to after a login. */
const PAGE = /^\/dashboard(\/([A-Za-z0-9._~%!$&'()*+,;=:@?-]+\/?)*)?$/;
const MAX_PAGE = 512;

/** The address that begins a login at a provider and leads to a page of the dashboard afterwards. */
export function providerLogin(loginUrl: string, page: string): string {
  const next = page.length <= MAX_PAGE && PAGE.test(page) ? page : "/dashboard/";
  return `${loginUrl}?next=${encodeURIComponent(next)}`;
}

const REFUSALS: Record<string, string> = {
  stale: t`That login was begun in another browser, took too long, or was used already. Begin again.`,
  untrusted: t`The provider refused the login, or its answer cannot be trusted.`,
  "no-access": t`You have no access to this hub: your account is disabled, or the provider gives you no role here.`,
  "name-taken": t`There is an account with your name already. If it is yours, log in with its password and link it on your account page.`,
  "identity-taken": t`That identity is linked to another account, or your account to another identity.`,
  "other-person": t`Somebody else logged in at the provider.`,
  "not-fresh": t`The provider did not ask you again, or does not tell when it did.`,
  away: t`The provider does not answer. Passwords work as ever.`,
  "429": t`Too many logins came from your address: wait a minute.`,
};

/** Why a login at a provider failed, by the word that the hub put into the address. */
export function refusalText(refused: string): string {
  return REFUSALS[refused] ?? t`The login at the provider failed.`;
}
