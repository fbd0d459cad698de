import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { DashboardDetail } from "@/api/types";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { refreshDashboards } from "../queries";
import type { useSave } from "./use-save";

interface ConflictProps {
  save: ReturnType<typeof useSave>;
  /** What somebody else saved since these changes began; null for nothing that is known. */
  newer: DashboardDetail | null;
  onLeave: () => void;
}

/** Somebody else saved the dashboard while it was being changed here: nothing is lost before a person decides. */
export function Conflict({ save, newer, onLeave }: ConflictProps) {
  if (newer === null && !save.refused) return null;
  return (
    <Notice
      className="mb-4"
      title={
        newer === null
          ? t`Somebody saved this dashboard meanwhile`
          : t`${newer.changed_by} saved this dashboard meanwhile`
      }
    >
      <Trans>Your changes are still here. Decide what becomes of both.</Trans>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button
          disabled={save.busy}
          onClick={() => {
            void refreshDashboards();
            onLeave();
          }}
        >
          <Trans>Discard mine</Trans>
        </Button>
        <Button disabled={save.busy} onClick={save.copy}>
          <Trans>Keep mine as a copy</Trans>
        </Button>
        <Button variant="danger" disabled={save.busy} onClick={save.overwrite}>
          <Trans>Overwrite theirs</Trans>
        </Button>
      </div>
    </Notice>
  );
}
