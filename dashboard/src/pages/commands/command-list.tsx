import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { Command } from "@/api/types";
import { CommandMark, RunMark } from "@/components/command-state";
import { EffectMark } from "@/components/effect";
import { actionTitle } from "@/lib/action-words";
import { cn } from "@/lib/cn";
import { visible } from "@/lib/output";
import { machines, namesText, RUN_STATES } from "@/lib/run-words";
import { formatAgo } from "@/lib/time";
import { duration } from "@/lib/units";
import { useHubNow } from "@/state/use-hub-now";

const COLUMNS =
  "lg:grid lg:grid-cols-[minmax(14rem,1.4fr)_7rem_8.5rem_minmax(11rem,1fr)_8rem_9rem] lg:items-center lg:gap-x-4";
const SHOWN = 3;

/** Commands as rows on a desk and as cards on a phone; each leads to its page. */
export function CommandList({ commands }: { commands: readonly Command[] }) {
  const now = useHubNow(10_000);
  return (
    <div className="card overflow-hidden">
      <div aria-hidden className={`${COLUMNS} hidden border-b bg-raised/50 px-4 py-2 font-medium text-muted text-xs`}>
        <span>
          <Trans>Command</Trans>
        </span>
        <span>
          <Trans>Effect</Trans>
        </span>
        <span>
          <Trans>State</Trans>
        </span>
        <span>
          <Trans>Machines</Trans>
        </span>
        <span>
          <Trans context="person">By</Trans>
        </span>
        <span>
          <Trans>Asked</Trans>
        </span>
      </div>
      <ul aria-label={t`Commands`} className="divide-y">
        {commands.map((one) => (
          <Row key={one.id} command={one} now={now} />
        ))}
      </ul>
    </div>
  );
}

function Row({ command, now }: { command: Command; now: number }) {
  const { id, action, params, reason, runs } = command;
  const count = Object.values(runs).reduce((sum, one) => sum + one, 0);
  const states = RUN_STATES.filter((state) => (runs[state] ?? 0) > 0);
  return (
    <li
      className={cn(
        COLUMNS,
        "relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 hover:bg-raised/60 lg:py-2.5",
      )}
    >
      <div className="min-w-0 max-lg:w-full">
        <p className="flex items-baseline gap-2">
          <Link
            to="/commands/$commandId"
            params={{ commandId: String(id) }}
            className="truncate font-medium after:absolute after:inset-0 hover:underline"
          >
            {visible(actionTitle(action, params))}
          </Link>
          <span className="tnum text-muted text-xs">#{id}</span>
        </p>
        <p className="truncate text-muted text-xs">
          {namesText(command.agents, count)}
          {reason !== "" && ` · ${reason}`}
        </p>
      </div>
      <EffectMark effect={command.effect} />
      <CommandMark state={command.state} />
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {count === 1 && states[0] !== undefined ? (
          <RunMark state={states[0]} />
        ) : (
          <>
            <span className="tnum text-muted text-xs">{machines(count)}</span>
            {states.slice(0, SHOWN).map((state) => (
              <RunMark key={state} state={state} count={runs[state] ?? 0} />
            ))}
          </>
        )}
      </p>
      <p className="min-w-0 truncate text-muted text-xs">{command.requested_by}</p>
      <p className="tnum text-muted text-xs max-lg:ms-auto">
        <time dateTime={command.created_at}>{formatAgo(command.created_at, now)}</time>
        {command.ended_at !== null && (
          <span className="max-lg:hidden"> · {duration(seconds(command.created_at, command.ended_at))}</span>
        )}
      </p>
    </li>
  );
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
