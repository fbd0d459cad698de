import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight, Ellipsis, Lock, LockOpen, Pencil, Trash2, Zap } from "lucide-react";
import { useEffect, useState } from "react";
import type { Agent } from "@/api/types";
import { AdmissionBadge } from "@/components/admission";
import { Status, statusName } from "@/components/status";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { rolesFor } from "@/lib/access";
import { hubNow } from "@/lib/clock";
import { formatAgo } from "@/lib/time";
import { duration, formatValue } from "@/lib/units";
import { useMay } from "@/state/session";
import { isPaused } from "./config";
import { configQuery } from "./config-query";
import { useAgentPage } from "./page-context";

interface AgentHeaderProps {
  agent: Agent;
  onEdit: () => void;
  onSeal: () => void;
  onDelete: () => void;
}

/** What the agent's machine is, in a few words each. */
function facts(agent: Agent): string[] {
  const { facts: all } = agent;
  const memory = Number(all["host.memory.total_bytes"]);
  const cpu = [
    all["host.cpu.count"] === undefined ? "" : `${all["host.cpu.count"]} ×`,
    all["host.cpu.model.name"] ?? "CPU",
  ];
  return [
    all["os.description"] ?? all["os.type"],
    all["os.kernel"] === undefined ? undefined : t`kernel ${{ release: all["os.kernel"] }}`,
    all["host.cpu.count"] === undefined && all["host.cpu.model.name"] === undefined ? undefined : cpu.join(" ").trim(),
    Number.isFinite(memory) ? t`${{ size: formatValue(memory, "By") }} memory` : undefined,
    all["host.arch"],
    all["host.virtualization"],
  ].filter((fact): fact is string => fact !== undefined && fact !== "");
}

export function AgentHeader({ agent, onEdit, onSeal, onDelete }: AgentHeaderProps) {
  const mayEdit = useMay("operator");
  const isAdmin = useMay("admin");
  const { data: config } = useQuery(configQuery(agent.id));
  return (
    <div className="mb-3 flex items-start gap-3">
      <div className="min-w-0 flex-1">
        <nav aria-label={t`Breadcrumb`} className="flex items-center gap-1 text-muted text-xs">
          <Link to="/agents" className="reach hover:text-text hover:underline">
            <Trans>Agents</Trans>
          </Link>
          <ChevronRight className="size-3 shrink-0" aria-hidden />
          <span className="truncate">{agent.environment === "" ? agent.type : agent.environment}</span>
        </nav>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="truncate font-semibold text-xl tracking-tight">{agent.name}</h1>
          <Status status={statusName(agent.status, agent.last_heartbeat)} />
          <AdmissionBadge admission={agent.admission} cloned={agent.cloned} />
          {config !== undefined && isPaused(config) && (
            <Badge className="bg-warn/15 text-text">
              <Trans>paused</Trans>
            </Badge>
          )}
          {agent.payload.sealed === true && (
            <Badge className="gap-1">
              <Lock className="size-3" aria-hidden /> <Trans>sealed</Trans>
            </Badge>
          )}
          <Seen agent={agent} />
        </div>
        <ul aria-label={t`Facts`} className="mt-2 flex flex-wrap gap-1">
          {[agent.host, ...facts(agent)].map((fact) => (
            <li key={fact} className="max-w-full">
              <Badge>{fact}</Badge>
            </li>
          ))}
          {agent.tags.map((tag) => (
            <li key={`tag ${tag}`} className="max-w-full">
              <Badge className="border bg-surface text-text">{tag}</Badge>
            </li>
          ))}
        </ul>
      </div>
      {agent.version !== "" && (
        <Button asChild>
          <a href="#actions">
            <Zap className="size-4" aria-hidden />
            <Trans>Actions</Trans>
          </a>
        </Button>
      )}
      <Menu
        label={t`Agent`}
        trigger={
          <Button size="icon" aria-label={t`Change or delete this agent`}>
            <Ellipsis className="size-4" aria-hidden />
          </Button>
        }
      >
        <MenuItem
          onSelect={onEdit}
          disabled={!mayEdit}
          {...(mayEdit ? {} : { note: t`Needs ${{ roles: rolesFor("operator") }}` })}
        >
          <Pencil className="size-4 text-muted" aria-hidden />
          <Trans>Edit name, environment, tags</Trans>
        </MenuItem>
        <MenuItem
          onSelect={onSeal}
          disabled={!isAdmin}
          {...(isAdmin ? {} : { note: t`Needs ${{ roles: rolesFor("admin") }}` })}
        >
          {agent.payload.required ? (
            <LockOpen className="size-4 text-muted" aria-hidden />
          ) : (
            <Lock className="size-4 text-muted" aria-hidden />
          )}
          {agent.payload.required ? t`Take plain messages too` : t`Take sealed messages only`}
        </MenuItem>
        <MenuItem
          danger
          onSelect={onDelete}
          disabled={!isAdmin}
          {...(isAdmin ? {} : { note: t`Needs ${{ roles: rolesFor("admin") }}` })}
        >
          <Trash2 className="size-4" aria-hidden />
          <Trans>Delete agent</Trans>
        </MenuItem>
      </Menu>
    </div>
  );
}

/** The last sign of life: samples are one too, and newer than what the API said when the page was opened. */
function lastSeen(agent: Agent, sampleTime: number): string | null {
  const heartbeat = agent.last_heartbeat === null ? Number.NaN : Date.parse(agent.last_heartbeat) / 1000;
  if (Number.isNaN(sampleTime) || heartbeat >= sampleTime) return agent.last_heartbeat;
  return new Date(sampleTime * 1000).toISOString();
}

/** Uptime and last sign of life, kept up to date by itself. */
function Seen({ agent }: { agent: Agent }) {
  const { store } = useAgentPage();
  const [now, setNow] = useState(hubNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(hubNow()), 1000);
    return () => clearInterval(timer);
  }, []);
  const uptime = store.last("system.uptime");
  const parts = [
    ...(Number.isNaN(uptime) ? [] : [t`up ${{ duration: duration(uptime) }}`]),
    t`seen ${{ ago: formatAgo(lastSeen(agent, store.lastTime), now) }}`,
    ...(agent.version === "" ? [] : [t`agent ${{ version: agent.version }}`]),
  ];
  return <p className="tnum text-muted text-xs">{parts.join(" · ")}</p>;
}
