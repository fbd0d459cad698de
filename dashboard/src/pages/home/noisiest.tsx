import { t } from "@lingui/core/macro";
import { Plural } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Agent } from "@/api/types";
import { alertCountsQuery } from "@/pages/alerts/queries";
import { useOnlyLooking } from "@/state/kiosk";
import { Panel } from "./panel";

const SHOWN = 5;

/** The agents with most alerts now; nothing where none fires. */
export function Noisiest({ agents }: { agents: readonly Agent[] }) {
  const looking = useOnlyLooking();
  const { data: counts } = useQuery(alertCountsQuery);
  const noisy = agents
    .flatMap((agent) => {
      const count = counts?.get(agent.id);
      return count === undefined ? [] : [{ agent, count }];
    })
    .sort((one, other) => other.count - one.count || one.agent.id - other.agent.id)
    .slice(0, SHOWN);
  if (noisy.length === 0) return null;
  const most = noisy[0]?.count ?? 1;
  return (
    <Panel title={t`Noisiest agents`} to="/alerts" more={t`Alerts`}>
      <ul className="py-1.5">
        {noisy.map(({ agent, count }) => (
          <li key={agent.id} className="relative flex items-center gap-3 px-4 py-1.5 hover:bg-raised/60">
            {looking ? (
              <span className="min-w-0 flex-1 truncate font-medium">{agent.name}</span>
            ) : (
              <Link
                to="/alerts"
                search={{ agent: agent.id }}
                className="min-w-0 flex-1 truncate font-medium after:absolute after:inset-0"
              >
                {agent.name}
              </Link>
            )}
            <span aria-hidden className="h-1.5 w-16 overflow-hidden rounded-full bg-raised">
              <span className="block h-full rounded-full bg-bad" style={{ width: `${(count / most) * 100}%` }} />
            </span>
            <span className="tnum w-16 text-end text-muted text-xs">
              <Plural value={count} one="# alert" other="# alerts" />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
