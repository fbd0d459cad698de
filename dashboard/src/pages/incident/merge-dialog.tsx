import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { IncidentDetail } from "@/api/types";
import { Severity } from "@/components/severity";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { hubNow } from "@/lib/clock";
import { formatAgo } from "@/lib/time";
import { openQuery } from "@/pages/incidents/queries";

interface MergeDialogProps {
  incident: IncidentDetail;
  onMerge: (others: number[]) => void;
  onClose: () => void;
}

/** Chooses the incidents whose alerts belong to this one. */
export function MergeDialog({ incident, onMerge, onClose }: MergeDialogProps) {
  const { data, isPending } = useQuery(openQuery({}));
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [now] = useState(hubNow);
  const count = chosen.length;
  const others = (data?.items ?? []).filter(({ id }) => id !== incident.id);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Merge others into this`}
      description={t`Their alerts come here, and they are closed. That cannot be taken back.`}
    >
      {isPending && <Skeleton className="h-24" />}
      {!isPending && others.length === 0 && (
        <p className="py-4 text-muted">
          <Trans>No other incident is open.</Trans>
        </p>
      )}
      <fieldset className="-mx-2 flex flex-col">
        <legend className="sr-only">
          <Trans>Incidents</Trans>
        </legend>
        {others.map((one) => (
          <label key={one.id} className="touch flex items-start gap-3 rounded-md px-2 py-2 hover:bg-raised">
            <input
              type="checkbox"
              className="mt-0.5 size-4 shrink-0 accent-accent"
              checked={chosen.includes(one.id)}
              onChange={(event) =>
                setChosen(event.target.checked ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))
              }
            />
            <span className="min-w-0 flex-1">
              <span className="block font-medium">{one.title}</span>
              <span className="flex flex-wrap items-center gap-x-3 text-muted text-xs">
                <Severity severity={one.severity} />
                <span className="tnum">
                  #{one.id} · {formatAgo(one.opened_at, now)}
                </span>
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button
          variant="primary"
          disabled={count === 0}
          onClick={() => {
            onMerge([...chosen]);
            onClose();
          }}
        >
          {count === 0 ? t`Merge` : t`Merge ${count}`}
        </Button>
      </div>
    </Dialog>
  );
}
