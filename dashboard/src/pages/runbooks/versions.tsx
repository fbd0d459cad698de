import { useState } from "react";
import type { RunbookVersion } from "@/api/types";
import { Card } from "@/components/card";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { diffLines } from "@/lib/line-diff";
import { formatTimestamp } from "@/lib/time";
import { useGoverns } from "@/state/session";

const FIRST_SHOWN = 3;

interface VersionsProps {
  /** The newest first. */
  versions: readonly RunbookVersion[];
  onRestore: (version: RunbookVersion) => void;
}

/** Who changed the runbook, when, and what. */
export function Versions({ versions, onRestore }: VersionsProps) {
  const [all, setAll] = useState(false);
  const governs = useGoverns();
  const shown = all ? versions : versions.slice(0, FIRST_SHOWN);
  return (
    <Card title="Versions" text="What it said, and who changed it. Runs name the version that they followed.">
      <ol aria-label="Versions" className="divide-y border-t">
        {shown.map((one, at) => (
          <li key={one.version} className="flex flex-col gap-1.5 px-5 py-2.5">
            <div className="flex items-center gap-3">
              <p className="min-w-0 flex-1 text-muted text-xs">
                <span className="font-medium text-text">Version {one.version}</span> · {one.changed_by} ·{" "}
                {formatTimestamp(one.changed_at)}
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

const SIGNS = { same: " ", added: "+", removed: "−", skipped: "" } as const;

function Changes({ one, before }: { one: RunbookVersion; before: RunbookVersion | undefined }) {
  if (before === undefined) return <p className="text-muted text-xs">As it began.</p>;
  const lines = diffLines(before.yaml, one.yaml, 1);
  return (
    <>
      {before.enabled !== one.enabled && <p className="text-xs">Switched {one.enabled ? "on" : "off"}</p>}
      {lines.length > 0 && (
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, which the keyboard must be able to do
          tabIndex={0}
          aria-label={`Changes of version ${one.version}`}
          className="overflow-x-auto rounded-md border"
        >
          <pre className="w-max min-w-full py-1 font-mono text-xs leading-5">
            {lines.map(({ kind, text }, at) => (
              <span
                // biome-ignore lint/suspicious/noArrayIndexKey: lines are known by their places alone
                key={at}
                className={cn(
                  "block px-2.5",
                  kind === "added" && "bg-ok/8 text-ok",
                  kind === "removed" && "bg-bad/8 text-bad",
                  kind === "skipped" && "text-muted",
                )}
              >
                {kind === "skipped" ? "⋯" : `${SIGNS[kind]} ${text}`}
              </span>
            ))}
          </pre>
        </section>
      )}
    </>
  );
}
