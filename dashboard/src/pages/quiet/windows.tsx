import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { CalendarClock, Plus, Wrench } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { deleteWindow, saveWindow } from "@/api/quiet";
import type { MaintenanceWindow } from "@/api/types";
import { Notice } from "@/components/notice";
import { RoleTooltip } from "@/components/role-note";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { inZone, repeatWords } from "@/lib/recurrence";
import { duration } from "@/lib/units";
import { RemoveDialog } from "@/pages/notifications/remove-dialog";
import { refreshAlerting } from "@/state/alerting";
import { lastDone } from "@/state/done";
import { useMay } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";
import { MatcherWords } from "./matcher-words";
import { windowsQuery } from "./queries";
import { bodyOf, WindowDialog } from "./window-dialog";

type Doing = { what: "edit"; window: MaintenanceWindow | null } | { what: "delete"; window: MaintenanceWindow };

/** Times of planned work, once or again and again. */
export function Windows() {
  const may = useMay("operator");
  const now = useHubNow(10_000);
  const windows = useQuery(windowsQuery);
  const [doing, setDoing] = useState<Doing | null>(null);
  const done = () => setDoing(null);
  const remove = async (window: MaintenanceWindow) => {
    await deleteWindow(window.id);
    lastDone.set({
      text: t`${window.name} was deleted`,
      undo: async () => {
        await saveWindow(null, bodyOf(window));
        await refreshAlerting();
      },
    });
  };
  return (
    <>
      <div className="flex justify-end">
        <RoleTooltip may={may} needed="operator" what={t`Planning maintenance`}>
          <Button
            data-key="n"
            variant="primary"
            disabled={!may}
            onClick={() => setDoing({ what: "edit", window: null })}
          >
            <Plus className="size-4" aria-hidden />
            <Trans>New window</Trans>
          </Button>
        </RoleTooltip>
      </div>
      {windows.error !== null && (
        <Notice title={t`Maintenance windows could not be loaded`}>{asProblem(windows.error).message}</Notice>
      )}
      {windows.isPending && <Skeleton className="h-40" />}
      {windows.data?.length === 0 && (
        <div className="card flex flex-col items-center gap-3 px-6 py-12 text-center">
          <CalendarClock className="size-8 text-muted" aria-hidden />
          <p className="font-medium text-[0.9375rem]">
            <Trans>No work is planned</Trans>
          </p>
          <p className="max-w-md text-muted">
            <Trans>
              A maintenance window keeps alerts quiet while somebody works: once, or each second Saturday at half past
              two.
            </Trans>
          </p>
        </div>
      )}
      {windows.data !== undefined && windows.data.length > 0 && (
        <ul aria-label={t`Maintenance windows`} className="card divide-y">
          {windows.data.map((one) => (
            <li key={one.id} className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3 sm:px-5">
              <Wrench
                className={`mt-0.5 size-4 shrink-0 ${one.active_until === null ? "text-muted" : "text-info"}`}
                aria-hidden
              />
              <div className="min-w-0 flex-1 basis-60">
                <p className="flex flex-wrap items-center gap-2">
                  <span className="break-words font-medium">{one.name}</span>
                  {one.active_until !== null && (
                    <Badge className="bg-info/12 text-info">
                      {activeText(Date.parse(one.active_until) / 1000 - now)}
                    </Badge>
                  )}
                </p>
                <p className="tnum mt-0.5 text-xs">
                  {timesText(one)} <span className="text-muted">{one.zone}</span>
                </p>
                <p className="tnum mt-0.5 mb-1.5 text-muted text-xs">
                  {next(one)} · {t`by ${{ by: one.created_by }}`}
                  {one.comment !== "" && ` · ${one.comment}`}
                </p>
                <MatcherWords matchers={one.matchers} agents={one.agents} names={one.agent_names} within={one.within} />
              </div>
              <div className="flex gap-2">
                <Button size="sm" disabled={!may} onClick={() => setDoing({ what: "edit", window: one })}>
                  <Trans>
                    Edit<span className="sr-only"> {one.name}</span>
                  </Trans>
                </Button>
                <Button size="sm" disabled={!may} onClick={() => setDoing({ what: "delete", window: one })}>
                  <Trans>
                    Delete<span className="sr-only"> {one.name}</span>
                  </Trans>
                </Button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {doing?.what === "edit" && <WindowDialog window={doing.window} onClose={done} />}
      {doing?.what === "delete" && (
        <RemoveDialog
          title={t`Delete the window ${doing.window.name}?`}
          text={t`Quiet that it keeps now ends at once.`}
          run={() => remove(doing.window)}
          onDone={refreshAlerting}
          onClose={done}
        />
      )}
    </>
  );
}

function next({ upcoming, active_until: active, zone }: MaintenanceWindow): string {
  const [first] = upcoming;
  if (first === undefined) return active === null ? t`It does not come again` : t`It is the last time`;
  const moment = inZone(first.begins_at, zone);
  return t`Next: ${moment}`;
}

function activeText(seconds: number): string {
  const left = duration(Math.max(0, seconds));
  return t`now, for ${left} more`;
}

/** "Every week on Tue at 02:30, for 1 h". */
function timesText({ rrule, starts_local, duration_s }: MaintenanceWindow): string {
  const [often, time, length] = [repeatWords(rrule), starts_local.slice(11, 16), duration(duration_s)];
  return t`${often} at ${time}, for ${length}`;
}
