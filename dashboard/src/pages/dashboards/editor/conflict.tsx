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
          ? "Somebody saved this dashboard meanwhile"
          : `${newer.changed_by} saved this dashboard meanwhile`
      }
    >
      Your changes are still here. Decide what becomes of both.
      <div className="mt-3 flex flex-wrap gap-2">
        <Button
          disabled={save.busy}
          onClick={() => {
            void refreshDashboards();
            onLeave();
          }}
        >
          Discard mine
        </Button>
        <Button disabled={save.busy} onClick={save.copy}>
          Keep mine as a copy
        </Button>
        <Button variant="danger" disabled={save.busy} onClick={save.overwrite}>
          Overwrite theirs
        </Button>
      </div>
    </Notice>
  );
}
