import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight, Hourglass } from "lucide-react";
import type { Command } from "@/api/types";
import { EffectMark } from "@/components/effect";
import { actionTitle } from "@/lib/action-words";
import { namesText } from "@/lib/run-words";
import { formatAgo } from "@/lib/time";
import { awaitingQuery } from "@/state/awaiting";
import { useMay, useUser } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";

/** Commands that a second person has to approve: first those that this one can, then their own. */
export function Awaiting() {
  const { data = [] } = useQuery(awaitingQuery);
  const { username } = useUser();
  const may = useMay("operator");
  const now = useHubNow(10_000);
  const mine = data.filter((one) => one.requested_by === username);
  const others = data.filter((one) => one.requested_by !== username);
  if (data.length === 0) return null;
  const title =
    others.length > 0 && may
      ? plural(
          { count: others.length },
          { one: "One command awaits your approval", other: "# commands await your approval" },
        )
      : plural({ count: data.length }, { one: "One command awaits approval", other: "# commands await approval" });
  return (
    <section aria-labelledby="awaiting-title" className="card mb-4 border-warn/50">
      <div className="flex items-center gap-2 px-4 pt-3 pb-1">
        <Hourglass className="size-4 text-warn" aria-hidden />
        <h2 id="awaiting-title" className="font-semibold text-sm">
          {title}
        </h2>
      </div>
      <ul className="max-h-96 divide-y overflow-y-auto">
        {[...others, ...mine].map((one) => (
          <Line key={one.id} command={one} mine={one.requested_by === username} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Line({ command, mine, now }: { command: Command; mine: boolean; now: number }) {
  const count = Object.values(command.runs).reduce((sum, one) => sum + one, 0);
  const when = formatAgo(command.created_at, now);
  const facts = [
    mine ? t`You asked ${when}` : t`${{ who: command.requested_by }} asked ${when}`,
    namesText(command.agents, count),
    ...(command.reason === "" ? [] : [`“${command.reason}”`]),
    ...(mine ? [t`somebody else has to approve it`] : []),
  ];
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 hover:bg-raised/60">
      <div className="min-w-0 flex-1 basis-64">
        <Link
          to="/commands/$commandId"
          params={{ commandId: String(command.id) }}
          className="block truncate font-medium after:absolute after:inset-0 hover:underline"
        >
          {actionTitle(command.action, command.params)}
        </Link>
        <p className="break-words text-muted text-xs">{facts.join(" · ")}</p>
      </div>
      <EffectMark effect={command.effect} />
      <ChevronRight className="size-4 text-muted max-sm:hidden" aria-hidden />
    </li>
  );
}
