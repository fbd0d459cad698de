import { useState } from "react";
import type { RuleVersion } from "@/api/types";
import { Card } from "@/components/card";
import { Button } from "@/components/ui/button";
import { changedFields, versionDraft } from "@/lib/rule-draft";
import { formatTimestamp } from "@/lib/time";
import { useGoverns } from "@/state/session";
import { DiffText } from "./diff-text";

const FIRST_SHOWN = 5;

interface VersionsProps {
  /** The newest first. */
  versions: RuleVersion[];
  onRestore: (version: RuleVersion) => void;
}

/** Who changed the rule, when, and what. */
export function Versions({ versions, onRestore }: VersionsProps) {
  const [all, setAll] = useState(false);
  const governs = useGoverns();
  const shown = all ? versions : versions.slice(0, FIRST_SHOWN);
  return (
    <Card title="Versions" text="What the rule was, and who changed it. Alerts name the version that raised them.">
      <ol aria-label="Versions" className="divide-y border-t">
        {shown.map((one, at) => (
          <li key={one.version} className="flex flex-col gap-1 px-5 py-2.5">
            <div className="flex items-center gap-3">
              <p className="min-w-0 flex-1 text-muted text-xs">
                <span className="font-medium text-text">Version {one.version}</span> ·{" "}
                {one.changed_by === "hub" ? "as delivered" : one.changed_by} · {formatTimestamp(one.changed_at)}
              </p>
              {at > 0 && governs && (
                <Button
                  size="sm"
                  variant="ghost"
                  aria-label={`Restore version ${one.version}`}
                  onClick={() => onRestore(one)}
                >
                  Restore
                </Button>
              )}
            </div>
            <Changes one={one} before={versions[at + 1]} />
          </li>
        ))}
      </ol>
      {versions.length > shown.length && (
        <div className="border-t px-5 py-2">
          <Button size="sm" variant="ghost" onClick={() => setAll(true)}>
            Show {versions.length - shown.length} older
          </Button>
        </div>
      )}
    </Card>
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
