// Texts that this browser keeps for whoever uses it. Storage may be forbidden: a choice then lasts as long as the page.

/** What is kept under a key; null for nothing, undefined where the browser does not tell. Anybody may have written it. */
export function readKept(key: string): string | null | undefined {
  try {
    return localStorage.getItem(key);
  } catch {
    return undefined;
  }
}

/** Keeps a text under a key; null for none any more. */
export function keep(key: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // Forbidden, or full.
  }
}
