/** Whether a text matches a pattern in which `*` stands for any characters and `?` for one, as the hub's do. */
export function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let mark = 0;
  while (at < text.length) {
    if (pattern[place] === "*") {
      star = place;
      mark = at;
      place += 1;
    } else if (place < pattern.length && (pattern[place] === "?" || pattern[place] === text[at])) {
      place += 1;
      at += 1;
    } else if (star >= 0) {
      place = star + 1;
      mark += 1;
      at = mark;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(place));
}
