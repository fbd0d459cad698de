import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { UserRoundCheck } from "lucide-react";
import { useEffect, useState } from "react";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { hubNow } from "@/lib/clock";
import { formatAgo } from "@/lib/time";
import { Decision } from "@/pages/agent/decision";
import { identityQuery, takeIdentity } from "@/pages/agent/identity-query";

const SHOWN = 3;

/** The agents that a person has to approve or refuse, with what helps to decide. */
export function Waiting({ agents }: { agents: readonly Agent[] }) {
  const waiting = agents.filter(({ admission }) => admission === "pending").sort((one, other) => one.id - other.id);
  const [all, setAll] = useState(false);
  const [now, setNow] = useState(hubNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(hubNow()), 10_000);
    return () => clearInterval(timer);
  }, []);
  if (waiting.length === 0) return null;
  return (
    <section aria-labelledby="waiting-title" className="card mb-4 border-warn/50">
      <div className="flex items-center gap-2 px-4 pt-3 pb-1">
        <UserRoundCheck className="size-4 text-warn" aria-hidden />
        <h2 id="waiting-title" className="flex-1 font-semibold text-sm">
          {plural(waiting.length, { one: "One agent waits for approval", other: "# agents wait for approval" })}
        </h2>
        {waiting.length > SHOWN && (
          <Button size="sm" variant="ghost" onClick={() => setAll(!all)}>
            {all ? t`Show fewer` : t`Show all`}
          </Button>
        )}
      </div>
      <ul className="max-h-96 overflow-y-auto">
        {waiting.slice(0, all ? undefined : SHOWN).map((agent) => (
          <WaitingAgent key={agent.id} agent={agent} now={now} />
        ))}
      </ul>
    </section>
  );
}

function WaitingAgent({ agent, now }: { agent: Agent; now: number }) {
  const { data: identity } = useQuery({ ...identityQuery(agent.id), refetchInterval: false });
  const facts = { ...agent.metadata, ...agent.facts };
  const registered = formatAgo(agent.created_at, now);
  const address = identity?.enrolled_from ?? "";
  const told = [
    agent.host,
    String(facts["os.description"] ?? agent.type),
    facts["host.virtualization"] === undefined ? undefined : String(facts["host.virtualization"]),
    address === "" ? undefined : t`from ${address}`,
    t`registered ${registered}`,
    agent.last_heartbeat === null ? t`not connected` : undefined,
  ];
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b px-4 py-2.5 last:border-0">
      <div className="min-w-0 flex-1 basis-64">
        <Link
          to="/agents/$agentId"
          params={{ agentId: String(agent.id) }}
          className="block truncate font-medium hover:underline"
        >
          {agent.name}
        </Link>
        <p className="break-words text-muted text-xs">{told.filter((one) => one !== undefined).join(" · ")}</p>
      </div>
      <Decision agent={agent} onDone={(identityNow) => takeIdentity(agent.id, identityNow)} />
    </li>
  );
}
