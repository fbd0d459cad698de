import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { MessageSquarePlus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { useMay } from "@/state/session";

const NoteDialog = lazy(() => import("./note-dialog").then((module) => ({ default: module.NoteDialog })));

interface AddNoteProps {
  agent: { id: number; name: string } | null;
  /** Which moment is suggested, Unix seconds. */
  at: () => number;
}

/** Leads to a note on the time that is shown. */
export function AddNote({ agent, at }: AddNoteProps) {
  const may = useMay("operator");
  const [moment, setMoment] = useState<number | null>(null);
  return (
    <>
      <RoleTooltip may={may} needed="operator" what={t`Adding a note`}>
        <Button variant="ghost" size="sm" disabled={!may} onClick={() => setMoment(at())}>
          <MessageSquarePlus className="size-3.5" aria-hidden />
          <Trans>Add a note</Trans>
        </Button>
      </RoleTooltip>
      {moment !== null && (
        <Suspense>
          <NoteDialog agent={agent} at={moment} onClose={() => setMoment(null)} />
        </Suspense>
      )}
    </>
  );
}
