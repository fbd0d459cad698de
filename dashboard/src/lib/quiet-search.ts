import { parseMatcher } from "./matchers";
import { choicesParam, defined, textParam } from "./search-params";

const TABS = ["silences", "maintenance"] as const;
const MAX_MATCHERS = 20;

/** What the URL of silences and windows holds. */
export interface QuietSearch {
  tab?: (typeof TABS)[number];
  /** What a new silence begins with, such as `agent=web-1`; it opens the dialog. */
  match?: string[];
  /** Why, for the new silence. */
  why?: string;
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseQuietSearch(search: Record<string, unknown>): QuietSearch {
  const given = Array.isArray(search.match) ? search.match : [search.match];
  const match = given
    .filter((one): one is string => typeof one === "string" && parseMatcher(one) !== null)
    .slice(0, MAX_MATCHERS);
  return defined({
    tab: choicesParam(search.tab, TABS)?.[0],
    match: match.length === 0 ? undefined : match,
    why: textParam(search.why),
  });
}
