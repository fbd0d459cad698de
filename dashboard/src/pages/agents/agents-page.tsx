import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { ListChecks, Plus } from "lucide-react";
import { useCallback, useDeferredValue, useEffect, useState } from "react";
import { Notice } from "@/components/notice";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { AddServerDialog } from "@/pages/servers/add-server-dialog";
import { asCards } from "@/state/fleet-preferences";
import { fleet, useMay } from "@/state/session";
import { useSignal } from "@/state/use-signal";
import { AgentList } from "./agent-list";
import { EmptyFleet } from "./empty-fleet";
import { FleetFilters } from "./fleet-filters";
import { ListSkeleton } from "./list-skeleton";
import { ListTools } from "./list-tools";
import { Selecting } from "./selecting";
import { StatusCounts } from "./status-counts";
import { useArrangement } from "./use-arrangement";
import { Waiting } from "./waiting";

const route = getRouteApi("/app/agents");

export function AgentsPage() {
  const search = route.useSearch();
  const view = useSignal(fleet.view);
  const [adding, setAdding] = useState(false);
  const [held, setHeld] = useState(false);
  const mayAdd = useMay("operator");
  const [chosen, setChosen] = useState<ReadonlySet<number> | null>(null);
  const cards = useSignal(asCards);
  const listed = useDeferredValue(view.agents.length > 0);
  const shown = useArrangement(view.agents, search, held);
  const toggle = useCallback((id: number) => {
    setChosen((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  useEffect(() => fleet.use(), []);
  useEffect(() => {
    document.title = t`Agents · Opsentrix`;
  }, []);
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-3">
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>Agents</Trans>
        </h1>
        <StatusCounts agents={view.agents} />
        <div className="ms-auto flex gap-2">
          {view.agents.length > 0 && (
            <RoleTooltip may={mayAdd} needed="operator" what={t`Changing machines`}>
              <Button
                aria-pressed={chosen !== null}
                disabled={!mayAdd}
                onClick={() => setChosen(chosen === null ? new Set() : null)}
              >
                <ListChecks className="size-4" aria-hidden />
                <Trans>Choose</Trans>
              </Button>
            </RoleTooltip>
          )}
          <RoleTooltip may={mayAdd} needed="operator" what={t`Adding a server`}>
            <Button data-key="n" variant="primary" disabled={!mayAdd} onClick={() => setAdding(true)}>
              <Plus className="size-4" aria-hidden />
              <Trans>Add a server</Trans>
            </Button>
          </RoleTooltip>
        </div>
      </div>
      {view.problem !== null && (
        <Notice className="mb-4" title={t`The list of agents could not be loaded`} onRetry={() => void fleet.load()}>
          {view.problem.message}
        </Notice>
      )}
      <Waiting agents={view.agents} />
      {(view.agents.length === 0 ? !view.complete && view.problem === null : !listed) && <ListSkeleton />}
      {view.agents.length === 0 && view.complete && <EmptyFleet mayAdd={mayAdd} onAdd={() => setAdding(true)} />}
      {view.agents.length > 0 && listed && (
        <>
          <FleetFilters agents={view.agents} shown={shown.length} total={view.total}>
            <ListTools shown={shown} />
          </FleetFilters>
          <AgentList agents={shown} cards={cards} onHold={setHeld} chosen={chosen} onToggle={toggle} />
          {chosen !== null && (
            <Selecting
              agents={view.agents}
              shown={shown}
              ids={chosen}
              onChange={setChosen}
              onClose={() => setChosen(null)}
            />
          )}
        </>
      )}
      {adding && <AddServerDialog onClose={() => setAdding(false)} />}
    </>
  );
}
