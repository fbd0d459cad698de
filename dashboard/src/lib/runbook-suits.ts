import { globMatches } from "./globs";
import type { RunbookForm } from "./runbook-form";

interface Suiting {
  name: string;
  definition: RunbookForm;
}

/** Runbooks that alerts of these rules would trigger, and the others; both by name. */
export function suitedFirst<One extends Suiting>(
  runbooks: readonly One[],
  rules: readonly string[],
): { suited: One[]; others: One[] } {
  const suits = ({ definition }: One) =>
    (definition.triggers ?? []).some((one) => "alert" in one && rules.some((rule) => globMatches(one.alert, rule)));
  const sorted = [...runbooks].sort((one, other) => one.name.localeCompare(other.name));
  return { suited: sorted.filter(suits), others: sorted.filter((one) => !suits(one)) };
}
