/** What the URL of the login page holds. */
export interface LoginSearch {
  /** Where to go afterwards. */
  redirect?: string;
  refused?: string;
}

/** Why a login at an identity provider failed; the hub puts it into the address. */
export function parseRefusal({ refused }: Record<string, unknown>): { refused?: string } {
  // The router reads digits as a number.
  return typeof refused === "string" || typeof refused === "number" ? { refused: String(refused) } : {};
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseLoginSearch(search: Record<string, unknown>): LoginSearch {
  const { redirect } = search;
  return { ...(typeof redirect === "string" ? { redirect } : {}), ...parseRefusal(search) };
}
