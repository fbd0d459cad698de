import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import { ChevronRight, SquareTerminal, UserRoundCheck, Workflow } from "lucide-react";
import type { ReactNode } from "react";
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
  const deciding = runs?.total ?? 0;
  const waiting = [
    {
      to: "/agents",
      icon: UserRoundCheck,
      count: pending,
      text: (
        <Trans>
          <Count>{pending}</Count> <Plural value={pending} one="new agent to let in" other="new agents to let in" />
        </Trans>
      ),
    },
    {
      to: "/commands",
      icon: SquareTerminal,
      count: others,
      text: (
        <Trans>
          <Count>{others}</Count> <Plural value={others} one="command to approve" other="commands to approve" />
        </Trans>
      ),
    },
    {
      to: "/runbooks",
      icon: Workflow,
      count: deciding,
      text: (
        <Trans>
          <Count>{deciding}</Count> <Plural value={deciding} one="runbook to decide" other="runbooks to decide" />
        </Trans>
      ),
    },
  ] satisfies { to: LinkProps["to"]; icon: typeof Workflow; count: number; text: ReactNode }[];
  const shown = waiting.filter(({ count }) => count > 0);
  if (!may || shown.length === 0) return null;
  return (
    <section aria-label={t`Awaiting your decision`} className="card overflow-hidden border-warn/50">
      <h2 className="px-4 py-2.5 font-semibold">
        <Trans>Awaiting your decision</Trans>
      </h2>
      <ul className="divide-y border-t">
        {shown.map(({ to, icon: Icon, text }) => (
          <li key={to}>
            <Link to={to} className="touch flex items-center gap-3 px-4 py-2.5 hover:bg-raised/60">
              <Icon className="size-4 shrink-0 text-warn" aria-hidden />
              <span className="flex-1">{text}</span>
              <ChevronRight className="size-4 text-muted" aria-hidden />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Count({ children }: { children: ReactNode }) {
  return <span className="tnum font-semibold">{children}</span>;
}
