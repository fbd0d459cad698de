import { t } from "@lingui/core/macro";
import type { RuleVersion } from "@/api/types";
import { changedFields, versionDraft } from "@/lib/rule-draft";
import { DiffText } from "./diff-text";
import { VersionList } from "./version-list";

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
      changedBy={({ changed_by: by }) => (by === "hub" ? "as delivered" : by)}
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
      {turned && <p className="text-xs">Switched {one.body.enabled === true ? "on" : "off"}</p>}
      {before.expression !== one.expression && <DiffText before={before.expression} after={one.expression} />}
      {others.map((field) => (
        <p key={field} className="break-words text-xs">
          <span className="text-muted">{field === "groupBy" ? "one incident for tags" : field}:</span>{" "}
          {String(versionDraft(one)[field] ?? "none") || "empty"}
        </p>
      ))}
    </>
  );
}
