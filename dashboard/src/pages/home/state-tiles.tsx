import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import type { Agent, AgentStatus } from "@/api/types";
import { StatusShape } from "@/components/status";
import { cn } from "@/lib/cn";
import { countValues } from "@/lib/fleet-view";
import { formatCount } from "@/lib/language";
import { useOnlyLooking } from "@/state/kiosk";

const STATES: readonly { status: AgentStatus; label: string; alarming: boolean }[] = [
  { status: "online", label: t`Online`, alarming: false },
  { status: "offline", label: t`Offline`, alarming: true },
  { status: "error", label: t`Error`, alarming: true },
  { status: "maintenance", label: t`Maintenance`, alarming: false },
];

/** How many agents are in each state; each count leads to these agents. */
export function StateTiles({ agents }: { agents: readonly Agent[] }) {
  const looking = useOnlyLooking();
  const counts = new Map(countValues(agents, "status"));
  return (
    <ul aria-label={t`Agents by state`} className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      {STATES.map(({ status, label, alarming }) => {
        const count = counts.get(status) ?? 0;
        const look = cn("card flex flex-col gap-1 px-4 py-3", alarming && count > 0 && "border-bad/50 bg-bad/6");
        const told = (
          <>
            <span className="flex items-center gap-1.5 text-muted text-xs">
              <StatusShape status={status} className={count === 0 ? "text-muted" : ""} />
              {label}
            </span>
            <span className={cn("tnum font-semibold text-2xl leading-8 tracking-tight", count === 0 && "text-muted")}>
              {formatCount(count)}
            </span>
          </>
        );
        return (
          <li key={status}>
            {looking ? (
              <div className={look}>{told}</div>
            ) : (
              <Link to="/agents" search={{ status: [status] }} className={cn(look, "hover:border-edge")}>
                {told}
              </Link>
            )}
          </li>
        );
      })}
    </ul>
  );
}
