import { t } from "@lingui/core/macro";
import type { SeverityName } from "./severities";
import { parseTags } from "./tags";

/** A rule as it is being written: everything as its fields hold it. */
export interface RuleDraft {
  name: string;
  expression: string;
  severity: SeverityName;
  summary: string;
  advice: string;
  /** "team=web, service=shop". */
  labels: string;
  /** Tags, separated by commas. */
  groupBy: string;
  group: number | null;
}

interface WrittenRule {
  name: string;
  expression: string;
  severity: SeverityName;
  summary: string;
  advice: string;
  labels: Record<string, string>;
  group_by: string[];
  group_id?: number | null;
}

export const EMPTY_DRAFT: RuleDraft = {
  name: "",
  expression: "",
  severity: "warning",
  summary: "",
  advice: "",
  labels: "",
  groupBy: "",
  group: null,
};

/** A stored rule as its fields hold it. */
export function draftOf(rule: WrittenRule): RuleDraft {
  const { name, expression, severity, summary, advice } = rule;
  const labels = Object.entries(rule.labels).map(([key, value]) => `${key}=${value}`);
  const groupBy = rule.group_by.join(", ");
  return {
    name,
    expression,
    severity,
    summary,
    advice,
    labels: labels.join(", "),
    groupBy,
    group: rule.group_id ?? null,
  };
}

/** What the fields say, as the hub takes it. */
export function writtenRule(draft: RuleDraft): WrittenRule {
  const { name, expression, severity, summary, advice } = draft;
  return {
    name: name.trim(),
    expression,
    severity,
    summary: summary.trim(),
    advice: advice.trim(),
    labels: parseLabels(draft.labels),
    group_by: parseTags(draft.groupBy),
    group_id: draft.group,
  };
}

/** Labels as typed: "team=web, service=shop"; one without a value has an empty one. */
export function parseLabels(text: string): Record<string, string> {
  const pairs = text.split(",").map((pair) => {
    const [key = "", ...value] = pair.split("=");
    return [key.trim(), value.join("=").trim()] as const;
  });
  return Object.fromEntries(pairs.filter(([key]) => key !== ""));
}

/** The fields in which two drafts differ. */
export function changedFields(one: RuleDraft, other: RuleDraft): (keyof RuleDraft)[] {
  return (Object.keys(one) as (keyof RuleDraft)[]).filter((field) => one[field] !== other[field]);
}

/** What a wrong word at a place is replaced by: the word, or the sign, that stands there. */
export function applyHint(expression: string, position: number, hint: string): { text: string; caret: number } {
  const wrong = /^(?:[\w.]+|[<>=!]+|\S)?/.exec(expression.slice(position))?.[0] ?? "";
  const text = expression.slice(0, position) + hint + expression.slice(position + wrong.length);
  return { text, caret: position + hint.length };
}

/** How many characters to mark at an error: the word there, or one where the text ends. */
export function errorLength(expression: string, position: number): number {
  return /^(?:[\w.]+|\S)/.exec(expression.slice(position))?.[0].length ?? 1;
}
/** Why a rule cannot be saved yet; null when it can, as far as can be told here. */
export function obstacleOf(draft: { name: string; expression: string }, error: string | undefined): string | null {
  if (draft.name.trim() === "") return t`It needs a name.`;
  if (draft.expression.trim() === "") return t`It needs an expression.`;
  return error === undefined || error === "" ? null : t`The expression has a mistake.`;
}

interface StoredVersion {
  expression: string;
  body: Record<string, unknown>;
}

/** A version that a rule had, as its fields hold it. */
export function versionDraft({ expression, body }: StoredVersion): RuleDraft {
  const written = body as unknown as Pick<WrittenRule, "name" | "severity" | "labels" | "group_by" | "group_id"> & {
    annotations?: { summary?: string; advice?: string };
  };
  const { summary = "", advice = "" } = written.annotations ?? {};
  return draftOf({ ...written, expression, summary, advice });
}
