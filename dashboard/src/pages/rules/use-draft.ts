import { useState } from "react";
import type { AlertRule } from "@/api/types";
import { changedFields, draftOf, type RuleDraft } from "@/lib/rule-draft";

/** A rule that is being changed, and what became of the stored one meanwhile. */
export interface Drafting {
  draft: RuleDraft;
  /** The stored rule that the draft is a change of. */
  base: AlertRule;
  dirty: boolean;
  /** Somebody else changed what the rule says while it was being changed here. */
  overtaken: boolean;
  change: (changes: Partial<RuleDraft>) => void;
  /** Goes on from another stored version; without a draft of its own, as that one is. */
  rebase: (rule: AlertRule, draft?: RuleDraft) => void;
}

/** Holds the draft of a change. Changes of others are taken over as long as nothing was typed here. */
export function useDraft(rule: AlertRule): Drafting {
  const [base, setBase] = useState(rule);
  const [draft, setDraft] = useState(() => draftOf(rule));
  const was = draftOf(base);
  const dirty = changedFields(draft, was).length > 0;
  const rebase = (to: AlertRule, next = draftOf(to)) => {
    setBase(to);
    setDraft(next);
  };
  const newer = rule.version > base.version;
  const overtaken = newer && dirty && changedFields(draftOf(rule), was).length > 0;
  // A rule that was only switched on or off says what it said: the draft stays.
  if (newer && !overtaken) rebase(rule, dirty ? draft : undefined);
  return { draft, base, dirty, overtaken, change: (changes) => setDraft({ ...draft, ...changes }), rebase };
}
