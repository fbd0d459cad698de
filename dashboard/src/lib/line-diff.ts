/** A line of one of two texts: in both, only in the newer, only in the older, or lines of both that are left out. */
export interface DiffLine {
  kind: "same" | "added" | "removed" | "skipped";
  text: string;
}

/** Above this many pairs of lines the texts are compared as wholes: the table would be larger than it is useful. */
const MAX_PAIRS = 4_000_000;

function withoutEnds(old: readonly string[], now: readonly string[]): { head: number; tail: number } {
  const least = Math.min(old.length, now.length);
  let head = 0;
  while (head < least && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < least - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  return { head, tail };
}

function middle(old: readonly string[], now: readonly string[]): DiffLine[] {
  const removed = (text = ""): DiffLine => ({ kind: "removed", text });
  const added = (text = ""): DiffLine => ({ kind: "added", text });
  if (old.length * now.length > MAX_PAIRS) return [...old.map(removed), ...now.map(added)];
  const length = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  const longest = (one: number, other: number) => length[one]?.[other] ?? 0;
  for (let one = old.length - 1; one >= 0; one -= 1) {
    for (let other = now.length - 1; other >= 0; other -= 1) {
      const row = length[one] as Uint32Array;
      row[other] =
        old[one] === now[other]
          ? longest(one + 1, other + 1) + 1
          : Math.max(longest(one + 1, other), longest(one, other + 1));
    }
  }
  const lines: DiffLine[] = [];
  let one = 0;
  let other = 0;
  while (one < old.length || other < now.length) {
    if (one < old.length && other < now.length && old[one] === now[other]) {
      lines.push({ kind: "same", text: old[one] ?? "" });
      one += 1;
      other += 1;
    } else if (other === now.length || (one < old.length && longest(one + 1, other) >= longest(one, other + 1))) {
      lines.push(removed(old[one]));
      one += 1;
    } else {
      lines.push(added(now[other]));
      other += 1;
    }
  }
  return lines;
}

/**
 * What changed from one text to another, line by line, with so many unchanged lines around each change: the longest
 * common subsequence is what stayed.
 */
export function diffLines(before: string, after: string, around = 2): DiffLine[] {
  const old = before.trimEnd().split("\n");
  const now = after.trimEnd().split("\n");
  const { head, tail } = withoutEnds(old, now);
  const same = (text: string): DiffLine => ({ kind: "same", text });
  const all = [
    ...now.slice(0, head).map(same),
    ...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...now.slice(now.length - tail).map(same),
  ];
  const changes = all.flatMap(({ kind }, at) => (kind === "same" ? [] : [at]));
  const near = (at: number) => changes.some((change) => Math.abs(change - at) <= around);
  const shown: DiffLine[] = [];
  all.forEach((line, at) => {
    if (near(at)) shown.push(line);
    else if (shown.at(-1)?.kind !== "skipped") shown.push({ kind: "skipped", text: "" });
  });
  return changes.length === 0 ? [] : shown;
}
