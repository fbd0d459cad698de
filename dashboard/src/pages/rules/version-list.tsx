import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/card";
import { Button } from "@/components/ui/button";
import { formatTimestamp } from "@/lib/time";
import { useGoverns } from "@/state/session";

interface VersionListProps<Version> {
  text: string;
  /** The newest first. */
  versions: readonly Version[];
  /** How many are shown before somebody asks for the others. */
  first: number;
  /** Of each item. */
  className: string;
  changedBy: (version: Version) => string;
  /** What a version changed; of the first there was nothing before. */
  changes: (version: Version, before: Version | undefined) => ReactNode;
  onRestore: (version: Version) => void;
}

/** Who changed something, when, and what, with the way back to each version. */
export function VersionList<Version extends { version: number; changed_at: string }>(props: VersionListProps<Version>) {
  const { text, versions, first, className, changedBy, changes, onRestore } = props;
  const [all, setAll] = useState(false);
  const governs = useGoverns();
  const shown = all ? versions : versions.slice(0, first);
  return (
    <Card title={t`Versions`} text={text}>
      <ol aria-label={t`Versions`} className="divide-y border-t">
        {shown.map((one, at) => (
          <li key={one.version} className={className}>
            <div className="flex items-center gap-3">
              <p className="min-w-0 flex-1 text-muted text-xs">
                <span className="font-medium text-text">
                  <Trans>Version {one.version}</Trans>
                </span>{" "}
                · {changedBy(one)} · {formatTimestamp(one.changed_at)}
              </p>
              {at > 0 && governs && (
                <Button
                  size="sm"
                  variant="ghost"
                  aria-label={t`Restore version ${one.version}`}
                  onClick={() => onRestore(one)}
                >
                  <Trans>Restore</Trans>
                </Button>
              )}
            </div>
            {changes(one, versions[at + 1])}
          </li>
        ))}
      </ol>
      {versions.length > shown.length && (
        <div className="border-t px-5 py-2">
          <Button size="sm" variant="ghost" onClick={() => setAll(true)}>
            <Plural value={versions.length - shown.length} one="Show # older" other="Show # older" />
          </Button>
        </div>
      )}
    </Card>
  );
}
