import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  Bell,
  BellOff,
  BookOpen,
  CircleCheck,
  CircleDot,
  CircleHelp,
  Combine,
  Flame,
  type LucideIcon,
  MessageSquare,
  MoveRight,
  NotebookPen,
  RotateCcw,
  SquareTerminal,
  User,
  UserCheck,
  UserX,
  Volume2,
  VolumeX,
  Waves,
} from "lucide-react";
import { useState } from "react";
import { fetchIncident } from "@/api/incidents";
import { asProblem } from "@/api/problem";
import type { IncidentDetail, TimelineEntry } from "@/api/types";
import { Card } from "@/components/card";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { formatAgo, formatMoment } from "@/lib/time";
import { useHubNow } from "@/state/use-hub-now";
import { CommentForm } from "./comment-form";

const LOOK: Record<TimelineEntry["kind"], { icon: LucideIcon; color: string }> = {
  opened: { icon: CircleDot, color: "text-bad" },
  joined: { icon: Combine, color: "text-warn" },
  moved: { icon: MoveRight, color: "text-muted" },
  fired: { icon: Flame, color: "text-bad" },
  no_data: { icon: CircleHelp, color: "text-warn" },
  over: { icon: CircleCheck, color: "text-ok" },
  flapping: { icon: Waves, color: "text-warn" },
  quiet: { icon: VolumeX, color: "text-muted" },
  loud: { icon: Volume2, color: "text-muted" },
  told: { icon: Bell, color: "text-accent" },
  not_told: { icon: BellOff, color: "text-warn" },
  acknowledged: { icon: UserCheck, color: "text-info" },
  unacknowledged: { icon: UserX, color: "text-warn" },
  assigned: { icon: User, color: "text-info" },
  comment: { icon: MessageSquare, color: "text-accent" },
  notes: { icon: NotebookPen, color: "text-muted" },
  resolved: { icon: CircleCheck, color: "text-ok" },
  reopened: { icon: RotateCcw, color: "text-bad" },
  merged: { icon: Combine, color: "text-muted" },
  runbook: { icon: BookOpen, color: "text-accent" },
  command: { icon: SquareTerminal, color: "text-accent" },
};

/** What happened, in order, with what people said. */
export function Timeline({ incident }: { incident: IncidentDetail }) {
  const now = useHubNow(5000);
  const [older, setOlder] = useState<{ entries: TimelineEntry[]; before: number | null } | null>(null);
  const before = older === null ? incident.earlier : older.before;
  const load = useMutation({
    mutationFn: (from: number) => fetchIncident(incident.id, from),
    onSuccess: (page) => setOlder({ entries: [...page.timeline, ...(older?.entries ?? [])], before: page.earlier }),
  });
  const oldest = incident.timeline[0]?.id ?? 0;
  const entries = [...(older?.entries ?? []).filter(({ id }) => id < oldest), ...incident.timeline];
  return (
    <Card title={t`Timeline`}>
      <div className="border-t px-5 pt-4 pb-5">
        <FormProblem text={load.error === null ? null : asProblem(load.error).advice} />
        {before !== null && (
          <Button size="sm" className="mb-3" disabled={load.isPending} onClick={() => load.mutate(before)}>
            <Trans>Show what was earlier</Trans>
          </Button>
        )}
        <ol aria-label={t`Timeline`} className="flex flex-col">
          {entries.map((entry) => (
            <Line key={entry.id} entry={entry} now={now} />
          ))}
        </ol>
        <CommentForm incident={incident.id} />
      </div>
    </Card>
  );
}

function Line({ entry: { at, kind, actor, text }, now }: { entry: TimelineEntry; now: number }) {
  const { icon: Icon, color } = LOOK[kind];
  const moment = formatMoment(Date.parse(at) / 1000);
  const said = kind === "comment";
  return (
    <li className="group relative flex gap-3 pb-4">
      <span aria-hidden className="absolute top-6 bottom-0 start-[0.6875rem] w-px bg-line group-last:hidden" />
      <span className="grid size-6 shrink-0 place-items-center rounded-full bg-raised">
        <Icon className={cn("size-3.5", color)} aria-hidden />
      </span>
      <div className="min-w-0 flex-1 pt-0.5">
        {!said && (
          <p className="break-words first-letter:uppercase">
            {text}
            <Opens kind={kind} text={text} />
          </p>
        )}
        <p className="text-muted text-xs">
          {actor !== "hub" && <span className="font-medium text-text">{actor} · </span>}
          <time dateTime={at} title={moment} className="tnum">
            {formatAgo(at, now)} <span className="max-sm:hidden">· {moment}</span>
          </time>
        </p>
        {said && (
          <p className="mt-1 w-fit max-w-full whitespace-pre-wrap break-words rounded-lg rounded-ss-none bg-accent/8 px-3 py-2">
            {text}
          </p>
        )}
      </div>
    </li>
  );
}

/** The way to the run or the command that a line tells of, which its text names by its number. */
function Opens({ kind, text }: Pick<TimelineEntry, "kind" | "text">) {
  const [, run] = kind === "runbook" ? (/\(run (\d+)\)/.exec(text) ?? []) : [];
  const [, command] = kind === "command" ? (/^command (\d+)\b/.exec(text) ?? []) : [];
  const look = "ms-1.5 text-accent text-xs hover:underline";
  if (run !== undefined) {
    return (
      <Link to="/runbook-runs/$runId" params={{ runId: run }} className={look}>
        <Trans>Open run {run}</Trans>
      </Link>
    );
  }
  if (command === undefined) return null;
  return (
    <Link to="/commands/$commandId" params={{ commandId: command }} className={look}>
      <Trans>Open command {command}</Trans>
    </Link>
  );
}
