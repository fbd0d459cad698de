import { globMatches } from "./globs";
import { leavesOf } from "./rule-series";

interface LabelledRule {
  name: string;
  labels: Readonly<Record<string, string>>;
  definition: object;
}

/** The names of labels that alerts of rules, chosen by patterns of their names, can have. */
export function alertLabels(
  patterns: readonly string[],
  rules: readonly LabelledRule[],
  metrics: readonly { metric: string; labels: Readonly<Record<string, readonly string[]>> }[],
): string[] {
  const found = new Set<string>();
  for (const rule of rules) {
    if (!patterns.some((pattern) => globMatches(pattern, rule.name))) continue;
    for (const name of Object.keys(rule.labels)) found.add(name);
    for (const leaf of leavesOf(rule.definition)) {
      const known = metrics.find(({ metric }) => metric === leaf.metric);
      for (const name of Object.keys(known?.labels ?? {})) found.add(name);
    }
  }
  return [...found].sort();
}
