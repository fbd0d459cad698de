import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ArrowLeftRight, X } from "lucide-react";
import { useState } from "react";
import { removeOverride } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { Rota } from "@/api/types";
import { ChangeMenu } from "@/components/change-menu";
import { FormProblem } from "@/components/entry";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { MenuItem } from "@/components/ui/menu";
import { Skeleton } from "@/components/ui/skeleton";
import { hubNow } from "@/lib/clock";
import { midnights, type Span } from "@/lib/timeline";
import { shownZone } from "@/lib/zone";
import { useGoverns, useMay } from "@/state/session";

import { OverrideDialog } from "./override-dialog";
import { refresh, shiftsQuery } from "./queries";
import { RotaTimeline, spanText } from "./rota-timeline";

const DAYS = 14;
const seconds = (moment: string) => Date.parse(moment) / 1000;

interface RotaCardProps {
  rota: Rota;
  onEdit: () => void;
  onRemove: () => void;
}

/** A rota: who is on call when, and its exceptions, which operators make. */
export function RotaCard({ rota, onEdit, onRemove }: RotaCardProps) {
  const governs = useGoverns();
  const operator = useMay("operator");
  const [now] = useState(hubNow);
  const days = midnights(now, DAYS);
  const { days: length, handover, time_zone: zone } = rota;
  const shown = shownZone();
  const shifts = useQuery(shiftsQuery(rota.id, days[0] ?? now, days.at(-1) ?? now));
  const [swapping, setSwapping] = useState<Span | null>(null);
  return (
    <li className="card flex flex-col gap-4 p-5">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-60">
          <h3 className="truncate font-semibold text-[0.9375rem]">{rota.name}</h3>
          <p className="text-muted text-xs">
            {t`Turns of ${plural(length, { one: "# day", other: "# days" })}, change at ${handover} ${zone}`}
            {zone !== shown && ` · ${t`shown in ${shown}`}`}
          </p>
        </div>
        <div className="flex items-center gap-1">
          <RoleTooltip may={operator} needed="operator" what={t`Swapping a shift`}>
            <Button disabled={!operator} onClick={() => setSwapping({ begins: now, ends: seconds(rota.now.ends) })}>
              <ArrowLeftRight className="size-4" aria-hidden />
              <Trans>
                Swap a shift<span className="sr-only"> of {rota.name}</span>
              </Trans>
            </Button>
          </RoleTooltip>
          {governs && (
            <ChangeMenu name={rota.name} className="-me-2">
              <MenuItem onSelect={onEdit}>
                <Trans>Edit</Trans>
              </MenuItem>
              <MenuItem danger onSelect={onRemove}>
                <Trans>Remove</Trans>
              </MenuItem>
            </ChangeMenu>
          )}
        </div>
      </div>
      {shifts.isError && <FormProblem text={asProblem(shifts.error).message} />}
      {shifts.isPending && <Skeleton className="h-16 w-full" />}
      {shifts.data !== undefined && (
        <RotaTimeline rota={rota} shifts={shifts.data} days={days} now={now} onSwap={operator ? setSwapping : null} />
      )}
      <Exceptions rota={rota} now={now} may={operator} />
      {swapping !== null && <OverrideDialog rota={rota} span={swapping} now={now} onClose={() => setSwapping(null)} />}
    </li>
  );
}

function Exceptions({ rota, now, may }: { rota: Rota; now: number; may: boolean }) {
  const remove = useMutation({
    mutationFn: (one: Rota["overrides"][number]) => removeOverride(rota.id, one),
    onSettled: refresh,
  });
  const ahead = rota.overrides.filter(({ ends }) => seconds(ends) > now);
  if (ahead.length === 0) return null;
  return (
    <div>
      <h4 className="font-medium text-muted text-xs">
        <Trans>Exceptions</Trans>
      </h4>
      <FormProblem text={remove.error === null ? null : asProblem(remove.error).advice} />
      <ul aria-label={t`Exceptions of ${rota.name}`} className="mt-1 flex flex-col">
        {ahead.map((one) => (
          <li key={`${one.begins}-${one.ends}-${one.name}`} className="flex items-center gap-2">
            <ArrowLeftRight className="size-3.5 shrink-0 text-muted" aria-hidden />
            <span className="min-w-0">
              <span className="font-medium">{one.name}</span>{" "}
              <span className="tnum text-muted">
                {spanText({ begins: seconds(one.begins), ends: seconds(one.ends) })}
              </span>
            </span>
            {may && (
              <Button
                variant="ghost"
                size="icon"
                disabled={remove.isPending}
                aria-label={t`Take the exception of ${one.name} back`}
                onClick={() => remove.mutate(one)}
              >
                <X className="size-4" aria-hidden />
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
