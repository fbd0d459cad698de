import { t } from "@lingui/core/macro";
import type { RuleVersion } from "@/api/types";
import { changedFields, type RuleDraft, versionDraft } from "@/lib/rule-draft";
import { SEVERITY_WORDS } from "@/lib/severity-words";
import { FIELD_NAMES } from "./conflict";
import { DiffText } from "./diff-text";
import { VersionList } from "./version-list";

const NAMES = {
  ...FIELD_NAMES,
  groupBy: t({ message: "one incident for tags", context: "field of a rule" }),
  group: t({ message: "group", context: "field of a rule" }),
};

interface VersionsProps {
  /** The newest first. */
  versions: RuleVersion[];
  onRestore: (version: RuleVersion) => void;
}

/** Who changed the rule, when, and what. */
export function Versions({ versions, onRestore }: VersionsProps) {
  return (
    <VersionList
      text={t`What the rule was, and who changed it. Alerts name the version that raised them.`}
      versions={versions}
      first={5}
      className="flex flex-col gap-1 px-5 py-2.5"
      changedBy={({ changed_by: by }) => (by === "hub" ? t`as delivered` : by)}
      changes={(one, before) => <Changes one={one} before={before} />}
      onRestore={onRestore}
    />
  );
}

function Changes({ one, before }: { one: RuleVersion; before: RuleVersion | undefined }) {
  if (before === undefined)
    return <code className="block break-words font-mono text-muted text-xs">{one.expression}</code>;
  const others = changedFields(versionDraft(before), versionDraft(one)).filter((field) => field !== "expression");
  const turned = before.body.enabled !== one.body.enabled;
  return (
    <>
      {turned && <p className="text-xs">{one.body.enabled === true ? t`Switched on` : t`Switched off`}</p>}
      {before.expression !== one.expression && <DiffText before={before.expression} after={one.expression} />}
      {others.map((field) => (
        <p key={field} className="break-words text-xs">
          <span className="text-muted">{NAMES[field]}:</span> {valueText(versionDraft(one), field)}
        </p>
      ))}
    </>
  );
}

function valueText(draft: RuleDraft, field: keyof RuleDraft): string {
  if (field === "severity") return SEVERITY_WORDS[draft.severity];
  const value = String(draft[field] ?? t({ message: "none", context: "rule group" }));
  return value === "" ? t`empty` : value;
}
