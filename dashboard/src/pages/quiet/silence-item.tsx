import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { CalendarClock, ChevronDown, CircleCheck, VolumeX } from "lucide-react";
import { asProblem } from "@/api/problem";
import { createSilence, endSilence, moveSilenceEnd } from "@/api/quiet";
import type { Silence } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { formatAgo, formatMoment } from "@/lib/time";
import { duration } from "@/lib/units";
import { refreshAlerting } from "@/state/alerting";
import { lastDone } from "@/state/done";
import { useMay } from "@/state/session";
import { MatcherWords } from "./matcher-words";
import { LENGTHS, silentText } from "./silence-dialog";

/** Whether it lasts, comes or is over, and since or until when. */
function phaseText({ starts_at, ends_at, expired_by: by }: Silence, now: number): string {
  const starts = Date.parse(starts_at) / 1000;
  const ends = Date.parse(ends_at) / 1000;
  if (ends <= now) {
    const ago = formatAgo(ends_at, now);
    return by === "" ? t`Ended ${ago}` : t`Ended ${ago} by ${by}`;
  }
  if (starts > now) {
    const [wait, length] = [duration(starts - now), duration(ends - starts)];
    return t`Planned: begins in ${wait}, lasts ${length}`;
  }
  const [left, moment] = [duration(ends - now), formatMoment(ends)];
  return t`Silent for ${left} more, until ${moment}`;
}

/** A silence: what it keeps quiet, why and by whom, and for how long still. */
export function SilenceItem({ silence, now }: { silence: Silence; now: number }) {
  const may = useMay("operator");
  const { id, comment, created_by: by, matchers, agents } = silence;
  const starts = Date.parse(silence.starts_at) / 1000;
  const ends = Date.parse(silence.ends_at) / 1000;
  const over = ends <= now;
  const extend = useMutation({
    mutationFn: (to: number) => moveSilenceEnd(id, to),
    onSuccess: async (_, to) => {
      lastDone.set({
        text: silentText(to),
        undo: async () => {
          await moveSilenceEnd(id, ends);
          await refreshAlerting();
        },
      });
      await refreshAlerting();
    },
  });
  const end = useMutation({
    mutationFn: () => endSilence(id),
    onSuccess: async () => {
      lastDone.set({
        text: t`The silence ended`,
        // One that ended stays so; another takes its place.
        undo: async () => {
          await createSilence({
            matchers,
            agents,
            comment,
            ends_at: ends,
            ...(starts > now ? { starts_at: starts } : {}),
          });
          await refreshAlerting();
        },
      });
      await refreshAlerting();
    },
  });
  const problem = extend.error ?? end.error;
  const Icon = over ? CircleCheck : starts > now ? CalendarClock : VolumeX;
  return (
    <li className="px-4 py-3 sm:px-5">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <Icon className={`mt-0.5 size-4 shrink-0 ${over ? "text-muted" : "text-info"}`} aria-hidden />
        <div className="min-w-0 flex-1 basis-60">
          <p className={`break-words font-medium ${over ? "text-muted" : ""}`}>{comment}</p>
          <p className="tnum mt-0.5 mb-1.5 text-muted text-xs">
            {phaseText(silence, now)} · <Trans>by {by}</Trans>
          </p>
          <MatcherWords matchers={matchers} agents={agents} names={silence.agent_names} within={silence.within} />
        </div>
        {!over && (
          <div className="flex gap-2">
            <Menu
              label={t`Extend`}
              trigger={
                <Button size="sm" disabled={!may || extend.isPending}>
                  <Trans>Extend</Trans>
                  <ChevronDown className="size-3.5" aria-hidden />
                </Button>
              }
            >
              {LENGTHS.map(({ label, seconds }) => (
                <MenuItem key={label} onSelect={() => extend.mutate(ends + seconds)}>
                  <Trans>by {label}</Trans>
                </MenuItem>
              ))}
            </Menu>
            <Button size="sm" disabled={!may || end.isPending} onClick={() => end.mutate()}>
              <Trans>End now</Trans>
            </Button>
          </div>
        )}
      </div>
      {problem !== null && (
        <p role="alert" className="mt-2 text-bad text-xs">
          {asProblem(problem).advice}
        </p>
      )}
    </li>
  );
}
