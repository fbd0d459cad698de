import { t } from "@lingui/core/macro";
import { getRouteApi } from "@tanstack/react-router";
import type { Agent, AgentStatus } from "@/api/types";
import { StatusShape } from "@/components/status";
import { cn } from "@/lib/cn";
import { countValues } from "@/lib/fleet-view";
import { STATUS_WORDS } from "./status-words";

const route = getRouteApi("/app/agents");
const ORDER: AgentStatus[] = ["online", "offline", "error", "maintenance"];

/** How many agents are in each state; each count filters the list by it. */
export function StatusCounts({ agents }: { agents: readonly Agent[] }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const counts = new Map(countValues(agents, "status"));
  const toggle = (status: AgentStatus) => {
    const { status: chosen, ...rest } = search;
    const only = chosen?.length === 1 && chosen[0] === status;
    void navigate({ search: only ? rest : { ...rest, status: [status] } });
  };
  return (
    <ul
      aria-label={t`Agents by status`}
      className="flex gap-1.5 max-sm:order-last max-sm:-mx-3 max-sm:w-[100vw] max-sm:overflow-x-auto max-sm:px-3 sm:flex-wrap"
    >
      {ORDER.filter((status) => status === "online" || (counts.get(status) ?? 0) > 0).map((status) => (
        <li key={status}>
          <button
            type="button"
            aria-pressed={search.status?.includes(status) ?? false}
            onClick={() => toggle(status)}
            className={cn(
              "touch flex h-7 shrink-0 whitespace-nowrap items-center gap-1.5 rounded-full border px-2.5 text-muted text-xs hover:border-edge hover:text-text",
              search.status?.includes(status) === true && "border-accent bg-accent/10 text-text",
            )}
          >
            <StatusShape status={status} />
            <span className="tnum font-semibold text-text">{counts.get(status) ?? 0}</span> {STATUS_WORDS[status]}
          </button>
        </li>
      ))}
    </ul>
  );
}
