import { Link } from "@tanstack/react-router";
import type { AgentEvent } from "@/api/types";
import { titleOf } from "./words";

const LINK = "break-words font-medium after:absolute after:inset-0 hover:underline";

/** What happened, as the way to the page of it where it has one. It is as large as the row. */
export function EventTitle({ event, agent }: { event: AgentEvent; agent: number }) {
  const { kind, link, url } = event;
  const title = titleOf(event);
  const id = String(link?.id);
  const shared = { className: LINK, children: title };
  if (link?.kind === "incident") return <Link to="/incidents/$incidentId" params={{ incidentId: id }} {...shared} />;
  if (link?.kind === "command") return <Link to="/commands/$commandId" params={{ commandId: id }} {...shared} />;
  if (link?.kind === "runbook_run") return <Link to="/runbook-runs/$runId" params={{ runId: id }} {...shared} />;
  if (link?.kind === "rollout") return <Link to="/settings/agent-versions" {...shared} />;
  if (kind === "change") return <Link to="/settings/audit" search={{ target: `agent:${agent}` }} {...shared} />;
  if (link?.kind === "recording")
    return (
      <Link
        to="/agents/$agentId"
        params={{ agentId: String(agent) }}
        search={(search) => ({ ...search, recording: link.id })}
        hash="recorder"
        {...shared}
      />
    );
  if (kind === "configuration") return <a href="#configuration" {...shared} />;
  if (url !== "") return <a href={url} target="_blank" rel="noopener noreferrer" {...shared} />;
  return <span className="break-words font-medium">{title}</span>;
}
