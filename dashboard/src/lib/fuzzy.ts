/** Where a word begins: what was typed there was probably meant. */
const START = /[\s\-_./:]/;
const AT_START = 8;
const IN_ROW = 4;
const EXACT = 100;
/** Letters that lie further apart than so many times their number were not meant. */
const WIDEST = 4;

/**
 * How well a text has the letters that were typed, in their order: higher is better, null for not at all.
 *
 * @param text in lower case.
 * @param typed in lower case, without blanks around it. Each of its words must be found.
 */
export function fuzzyScore(text: string, typed: string): number | null {
  let total = text === typed ? EXACT : 0;
  for (const word of typed.split(/\s+/)) {
    const score = wordScore(text, word);
    if (score === null) return null;
    total += score;
  }
  // Of two that match alike the shorter one is more of what was typed.
  return total - text.length / 100;
}

function wordScore(text: string, word: string): number | null {
  const whole = text.indexOf(word);
  if (whole !== -1) {
    const start = whole === 0 || START.test(text[whole - 1] ?? "");
    return word.length * (1 + IN_ROW) + (start ? AT_START * 2 : 0) - Math.min(whole, 20) / 10;
  }
  let score = 0;
  let at = -1;
  let first = -1;
  for (const letter of word) {
    const next = text.indexOf(letter, at + 1);
    if (next === -1) return null;
    if (next === at + 1 && at !== -1) score += IN_ROW;
    else if (next === 0 || START.test(text[next - 1] ?? "")) score += AT_START;
    if (at === -1) first = next;
    score += 1 - Math.min(next - at - 1, 10) / 10;
    at = next;
  }
  return at - first < word.length * WIDEST ? score : null;
}

/** Without accents, which people often leave out as they type. */
const plain = (text: string) => (/[\u0080-\uffff]/.test(text) ? text.normalize("NFD").replace(/\p{Mn}/gu, "") : text);

/** The best of many, in order; those that match alike keep theirs. */
export function best<Item extends { text: string }>(items: readonly Item[], typed: string, most: number): Item[] {
  const wanted = plain(typed);
  const found: { item: Item; score: number }[] = [];
  for (const item of items) {
    const score = fuzzyScore(plain(item.text), wanted);
    if (score !== null) found.push({ item, score });
  }
  return found
    .sort((one, other) => other.score - one.score)
    .slice(0, most)
    .map(({ item }) => item);
}
