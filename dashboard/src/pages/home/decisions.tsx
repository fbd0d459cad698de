import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import { ChevronRight, SquareTerminal, UserRoundCheck, Workflow } from "lucide-react";
import type { Agent } from "@/api/types";
import { awaitingQuery } from "@/state/awaiting";
import { useMay, useUser } from "@/state/session";
import { waitingRunsQuery } from "@/state/waiting-runs";

/** What waits until this person decides; nothing where nothing does. */
export function Decisions({ agents }: { agents: readonly Agent[] }) {
  const may = useMay("operator");
  const { username } = useUser();
  const { data: commands = [] } = useQuery({ ...awaitingQuery, enabled: may });
  const { data: runs } = useQuery({ ...waitingRunsQuery, enabled: may });
  const others = commands.filter((one) => one.requested_by !== username).length;
  const pending = agents.filter(({ admission }) => admission === "pending").length;
  const waiting = [
    { to: "/agents", icon: UserRoundCheck, count: pending, one: t`new agent to let in`, many: t`new agents to let in` },
    { to: "/commands", icon: SquareTerminal, count: others, one: t`command to approve`, many: t`commands to approve` },
    {
      to: "/runbooks",
      icon: Workflow,
      count: runs?.total ?? 0,
      one: t`runbook to decide`,
      many: t`runbooks to decide`,
    },
  ] satisfies { to: LinkProps["to"]; icon: typeof Workflow; count: number; one: string; many: string }[];
  const shown = waiting.filter(({ count }) => count > 0);
  if (!may || shown.length === 0) return null;
  return (
    <section aria-label={t`Awaiting your decision`} className="card overflow-hidden border-warn/50">
      <h2 className="px-4 py-2.5 font-semibold">
        <Trans>Awaiting your decision</Trans>
      </h2>
      <ul className="divide-y border-t">
        {shown.map(({ to, icon: Icon, count, one, many }) => (
          <li key={to}>
            <Link to={to} className="touch flex items-center gap-3 px-4 py-2.5 hover:bg-raised/60">
              <Icon className="size-4 shrink-0 text-warn" aria-hidden />
              <span className="flex-1">
                <span className="tnum font-semibold">{count}</span> {count === 1 ? one : many}
              </span>
              <ChevronRight className="size-4 text-muted" aria-hidden />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
