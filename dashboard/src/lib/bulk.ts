// What acts on many machines come to, and how that is said.

export interface Tagged {
  environment: string;
  tags: readonly string[];
}

export interface Retagging {
  /** Null: each keeps its own. */
  environment: string | null;
  add: readonly string[];
  remove: readonly string[];
}

/** Environment and tags after a change, as the hub makes it: tags keep their order, new ones come last. */
export function retagged({ environment, tags }: Tagged, change: Retagging): Tagged {
  const kept = tags.filter((tag) => !change.remove.includes(tag));
  return { environment: change.environment ?? environment, tags: [...new Set([...kept, ...change.add])] };
}

/** How many of these machines a change would change. */
export function retaggedCount(machines: readonly Tagged[], change: Retagging): number {
  return machines.filter((one) => {
    const after = retagged(one, change);
    return (
      after.environment !== one.environment ||
      after.tags.length !== one.tags.length ||
      after.tags.some((tag, at) => tag !== one.tags[at])
    );
  }).length;
}

/** Every tag that some of them have, the most frequent first. */
export function tagsOf(all: readonly Tagged[]): string[] {
  const counts = new Map<string, number>();
  for (const { tags } of all) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts.keys()].sort(
    (one, other) => (counts.get(other) ?? 0) - (counts.get(one) ?? 0) || one.localeCompare(other),
  );
}

/** Whether what was typed is this number, however its thousands are parted. */
export function confirmsCount(typed: string, count: number): boolean {
  return /^[\d\s,.']+$/.test(typed) && typed.replace(/\D/g, "") === String(count);
}
