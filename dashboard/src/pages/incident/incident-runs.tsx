import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { BookOpen, Play } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import type { IncidentDetail, Runbook } from "@/api/types";
import { Card } from "@/components/card";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { isEverything } from "@/lib/access";
import { suitedFirst } from "@/lib/runbook-suits";
import { triggersWords } from "@/lib/runbook-words";
import { RunDialog } from "@/pages/runbooks/run-dialog";
import { RunList } from "@/pages/runbooks/run-list";
import { runbooksQuery } from "@/state/runbooks";
import { useMay, useUser } from "@/state/session";

/** What runbooks did about an incident, and the way to let one do something. */
export function IncidentRuns({ incident }: { incident: IncidentDetail }) {
  const may = useMay("operator");
  const everywhere = isEverything(useUser().scope);
  const [doing, setDoing] = useState<"choose" | Runbook | null>(null);
  const present = incident.members.filter((one) => one.moved_to === null && (one.agent ?? 0) > 0);
  const agents = [...new Set(present.map(({ agent }) => agent ?? 0))];
  // The labels of its only alert are meant; of several nobody can tell which.
  const labels = present.length === 1 ? (present[0]?.labels ?? {}) : {};
  return (
    <Card
      title={t`Runbooks`}
      text={t`What was done about it, and whether it helped.`}
      action={
        <RoleTooltip may={may && everywhere} needed="operator" everywhere what={t`Running a runbook`}>
          <Button size="sm" disabled={!may || !everywhere || agents.length === 0} onClick={() => setDoing("choose")}>
            <Play className="size-3.5" aria-hidden />
            <Trans>Run a runbook</Trans>
          </Button>
        </RoleTooltip>
      }
    >
      <div className="border-t [&>.card]:rounded-none [&>.card]:border-0 [&>.card]:bg-transparent [&>.card]:shadow-none">
        <RunList filter={{ incident: incident.id }} first={10} none={t`No runbook did anything about it.`} />
      </div>
      {doing === "choose" && <ChooseDialog incident={incident} onChoose={setDoing} onClose={() => setDoing(null)} />}
      {doing !== null && doing !== "choose" && (
        <RunDialog runbook={doing} cause={{ incident: incident.id, agents, labels }} onClose={() => setDoing(null)} />
      )}
    </Card>
  );
}

interface ChooseDialogProps {
  incident: IncidentDetail;
  onChoose: (runbook: Runbook) => void;
  onClose: () => void;
}

/** All runbooks, those that its alerts would trigger first. */
function ChooseDialog({ incident, onChoose, onClose }: ChooseDialogProps) {
  const { data, error, isPending } = useQuery(runbooksQuery);
  const { suited, others } = suitedFirst(
    data ?? [],
    incident.members.map(({ rule_name: name }) => name),
  );
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Which runbook?`} className="sm:w-[32rem]">
      {isPending && <Skeleton className="h-40" />}
      {error !== null && <p className="text-bad">{asProblem(error).message}</p>}
      {data?.length === 0 && (
        <p className="text-muted">
          <Trans>There is no runbook yet.</Trans>
        </p>
      )}
      <div className="flex flex-col gap-4">
        <Choices title={t`For these alerts`} runbooks={suited} onChoose={onChoose} />
        <Choices title={suited.length > 0 ? t`Others` : t`All`} runbooks={others} onChoose={onChoose} />
      </div>
    </Dialog>
  );
}

interface ChoicesProps {
  title: string;
  runbooks: readonly Runbook[];
  onChoose: (runbook: Runbook) => void;
}

function Choices({ title, runbooks, onChoose }: ChoicesProps) {
  if (runbooks.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className="mb-1 font-medium text-muted text-xs">{title}</h3>
      <ul className="divide-y overflow-hidden rounded-lg border">
        {runbooks.map((one) => (
          <li key={one.id}>
            <button
              type="button"
              onClick={() => onChoose(one)}
              className="touch flex w-full items-center gap-3 px-3 py-2 text-start hover:bg-raised/60"
            >
              <BookOpen className="size-4 shrink-0 text-muted" aria-hidden />
              <span className="min-w-0 flex-1">
                <span className="block break-words font-medium">{one.name}</span>
                <span className="block break-words text-muted text-xs">
                  {triggersWords(one.definition.triggers ?? [])}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
