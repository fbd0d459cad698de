import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { RunbookVersion } from "@/api/types";
import { cn } from "@/lib/cn";
import { diffLines } from "@/lib/line-diff";
import { VersionList } from "@/pages/rules/version-list";

interface VersionsProps {
  /** The newest first. */
  versions: readonly RunbookVersion[];
  onRestore: (version: RunbookVersion) => void;
}

/** Who changed the runbook, when, and what. */
export function Versions({ versions, onRestore }: VersionsProps) {
  return (
    <VersionList
      text={t`What it said, and who changed it. Runs name the version that they followed.`}
      versions={versions}
      first={3}
      className="flex flex-col gap-1.5 px-5 py-2.5"
      changedBy={({ changed_by: by }) => by}
      changes={(one, before) => <Changes one={one} before={before} />}
      onRestore={onRestore}
    />
  );
}

const SIGNS = { same: " ", added: "+", removed: "−", skipped: "" } as const;

function Changes({ one, before }: { one: RunbookVersion; before: RunbookVersion | undefined }) {
  if (before === undefined)
    return (
      <p className="text-muted text-xs">
        <Trans>As it began.</Trans>
      </p>
    );
  const lines = diffLines(before.yaml, one.yaml, 1);
  return (
    <>
      {before.enabled !== one.enabled && (
        <p className="text-xs">
          {one.enabled
            ? t({ message: "Switched on", context: "runbook" })
            : t({ message: "Switched off", context: "runbook" })}
        </p>
      )}
      {lines.length > 0 && (
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, which the keyboard must be able to do
          tabIndex={0}
          aria-label={t`Changes of version ${{ version: one.version }}`}
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
