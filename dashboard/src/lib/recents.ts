const MOST = 6;

/** What was stored, as far as it is a list of words. */
export function parseRecents(stored: string | null): string[] {
  try {
    const list: unknown = JSON.parse(stored ?? "[]");
    return Array.isArray(list) ? list.filter((one): one is string => typeof one === "string").slice(0, MOST) : [];
  } catch {
    // Somebody else wrote there.
    return [];
  }
}

/** The list with this one first. */
export function withRecent(recents: readonly string[], id: string): string[] {
  return [id, ...recents.filter((one) => one !== id)].slice(0, MOST);
}
