import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { GitMerge } from "lucide-react";
import type { AlertRule } from "@/api/types";
import { Button } from "@/components/ui/button";
import { changedFields, draftOf, type RuleDraft } from "@/lib/rule-draft";
import { DiffText } from "./diff-text";

interface ConflictProps {
  base: AlertRule;
  theirs: AlertRule;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
}

export const FIELD_NAMES: Readonly<Record<keyof RuleDraft, string>> = {
  name: t({ message: "name", context: "field of a rule" }),
  expression: t({ message: "expression", context: "field of a rule" }),
  severity: t({ message: "severity", context: "field of a rule" }),
  summary: t({ message: "summary", context: "field of a rule" }),
  advice: t({ message: "advice", context: "field of a rule" }),
  labels: t({ message: "labels", context: "field of a rule" }),
  groupBy: t({ message: "tags of one incident", context: "field of a rule" }),
  group: t({ message: "rule group", context: "field of a rule" }),
};

/** Somebody else changed the rule while it was being changed here: what, and what can be done about it. */
export function Conflict({ base, theirs, onTakeTheirs, onKeepMine }: ConflictProps) {
  const fields = changedFields(draftOf(base), draftOf(theirs));
  const names = fields.map((field) => FIELD_NAMES[field]).join(", ");
  const { changed_by: author, version } = theirs;
  const begun = base.version;
  return (
    <div role="alert" className="mb-5 flex items-start gap-3 rounded-md border border-warn/50 bg-warn/8 p-3.5">
      <GitMerge className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <p>
          <Trans>
            <span className="font-medium">{author} changed this rule while you did.</span> Version {version} has another{" "}
            {names} than version {begun}, from which you began.
          </Trans>
        </p>
        {fields.includes("expression") && <DiffText before={base.expression} after={theirs.expression} />}
        <div className="flex flex-wrap gap-2">
          <Button size="sm" onClick={onTakeTheirs}>
            <Trans>Take theirs, drop mine</Trans>
          </Button>
          <Button size="sm" onClick={onKeepMine}>
            <Trans>Keep mine, replace theirs when saved</Trans>
          </Button>
        </div>
      </div>
    </div>
  );
}
