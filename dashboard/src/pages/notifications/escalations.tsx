import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { deleteEscalation } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { Escalation } from "@/api/types";
import { ChangeMenu } from "@/components/change-menu";
import { Notice } from "@/components/notice";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { MenuItem } from "@/components/ui/menu";
import { Skeleton } from "@/components/ui/skeleton";
import { useGoverns } from "@/state/session";
import { EscalationDialog } from "./escalation-dialog";
import { escalationsQuery, refresh } from "./queries";
import { RemoveDialog } from "./remove-dialog";
import { targetName, useTargets } from "./target-choice";

type Doing = { what: "edit"; one: Escalation | null } | { what: "remove"; one: Escalation };

/** What happens when nobody answers: who is told after how long. */
export function Escalations() {
  const governs = useGoverns();
  const escalations = useQuery(escalationsQuery);
  const [doing, setDoing] = useState<Doing | null>(null);
  const done = () => setDoing(null);
  return (
    <section aria-labelledby="escalations" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-60">
          <h2 id="escalations" className="font-semibold text-[0.9375rem]">
            <Trans>When nobody answers</Trans>
          </h2>
          <p className="text-muted">
            <Trans>An escalation tells others step by step until somebody acknowledges.</Trans>
          </p>
        </div>
        <Button disabled={!governs} onClick={() => setDoing({ what: "edit", one: null })}>
          <Plus className="size-4" aria-hidden />
          <Trans>Add escalation</Trans>
        </Button>
      </div>
      {escalations.isPending && <Skeleton className="h-24 w-full" />}
      {escalations.isError && (
        <Notice title={t`Escalations could not be loaded`}>{asProblem(escalations.error).message}</Notice>
      )}
      {escalations.data?.length === 0 && (
        <p className="card px-5 py-4 text-muted">
          <Trans>
            No escalation yet. Without one, an alarm that nobody acknowledges is only repeated to those who were told.
          </Trans>
        </p>
      )}
      {escalations.data !== undefined && escalations.data.length > 0 && (
        <ul aria-label={t`Escalations`} className="grid gap-3 sm:grid-cols-2">
          {escalations.data.map((one) => (
            <EscalationCard
              key={one.id}
              one={one}
              onEdit={() => setDoing({ what: "edit", one })}
              onRemove={() => setDoing({ what: "remove", one })}
            />
          ))}
        </ul>
      )}
      {doing?.what === "edit" && <EscalationDialog escalation={doing.one} onClose={done} />}
      {doing?.what === "remove" && (
        <RemoveDialog
          title={t`Remove the escalation ${doing.one.name}?`}
          text={t`Those under way end. An escalation that a route names stays.`}
          run={() => deleteEscalation(doing.one.id)}
          onDone={refresh}
          onClose={done}
        />
      )}
    </section>
  );
}

function EscalationCard({ one, onEdit, onRemove }: { one: Escalation; onEdit: () => void; onRemove: () => void }) {
  const governs = useGoverns();
  const targets = useTargets();
  const { repeats = 0, pause_minutes: pause = 30 } = one;
  return (
    <li className="card flex items-start gap-3 p-5">
      <div className="min-w-0 flex-1">
        <h3 className="truncate font-semibold">{one.name}</h3>
        <ol aria-label={t`Steps of ${one.name}`} className="mt-3 flex flex-col">
          {one.steps.map((step) => (
            <li key={step.after_minutes} className="relative flex gap-3 pb-3 ps-5 last:pb-0">
              <span aria-hidden className="absolute top-1.5 start-0 size-2 rounded-full bg-accent" />
              <span
                aria-hidden
                className="absolute top-3.5 bottom-0 start-[0.1875rem] w-0.5 bg-line [li:last-child>&]:hidden"
              />
              <span className="tnum w-24 shrink-0 text-muted">
                {step.after_minutes === 0
                  ? t({ message: "At once", context: "escalation" })
                  : t`After ${step.after_minutes} min`}
              </span>
              <span className="flex min-w-0 flex-wrap gap-1.5">
                {step.targets.map((target) => (
                  <Badge key={`${target.kind}-${target.id}`} className="text-text">
                    {targetName(targets, target)}
                  </Badge>
                ))}
              </span>
            </li>
          ))}
        </ol>
        <p className="mt-3 text-muted text-xs">
          {repeats === 0
            ? t`Ends after the last step.`
            : t`Then again, ${plural(repeats, { one: "# time", other: "# times" })}, ${pause} min after the last step.`}
        </p>
      </div>
      {governs && (
        <ChangeMenu name={one.name} className="-mt-1 -me-2">
          <MenuItem onSelect={onEdit}>
            <Trans>Edit</Trans>
          </MenuItem>
          <MenuItem danger onSelect={onRemove}>
            <Trans>Remove</Trans>
          </MenuItem>
        </ChangeMenu>
      )}
    </li>
  );
}
