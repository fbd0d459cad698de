/** A stretch of text that both versions have, or only the newer, or only the older. */
export interface Stretch {
  kind: "same" | "added" | "removed";
  text: string;
}

/** Words, numbers with their units, and single characters; what separates them belongs to what is before it. */
const PIECE = /(?:[\w.%/]+|[^\w.%/\s])\s*/g;

/** What changed from one text to another, piece by piece: the longest common subsequence is what stayed. */
export function diffText(before: string, after: string): Stretch[] {
  const old = before.match(PIECE) ?? [];
  const now = after.match(PIECE) ?? [];
  const same = (one: number, other: number) => old[one]?.trim() === now[other]?.trim();
  const length = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let one = old.length - 1; one >= 0; one -= 1) {
    for (let other = now.length - 1; other >= 0; other -= 1) {
      const row = length[one] as Uint16Array;
      const below = length[one + 1] as Uint16Array;
      row[other] = same(one, other) ? (below[other + 1] ?? 0) + 1 : Math.max(below[other] ?? 0, row[other + 1] ?? 0);
    }
  }
  const stretches: Stretch[] = [];
  const put = (kind: Stretch["kind"], text = "") => {
    const last = stretches.at(-1);
    if (last?.kind === kind) last.text += text;
    else stretches.push({ kind, text });
  };
  let one = 0;
  let other = 0;
  while (one < old.length || other < now.length) {
    if (one < old.length && other < now.length && same(one, other)) {
      put("same", now[other]);
      one += 1;
      other += 1;
    } else if (
      other === now.length ||
      (one < old.length && (length[one + 1]?.[other] ?? 0) >= (length[one]?.[other + 1] ?? 0))
    ) {
      put("removed", old[one]);
      one += 1;
    } else {
      put("added", now[other]);
      other += 1;
    }
  }
  return stretches;
}
