import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import { deleteRecording, requestRecording } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { isOpen } from "@/lib/recording";
import { queryClient, useMay } from "@/state/session";
import { RecorderList } from "./recorder-list";
import { recordingsQuery } from "./recorder-query";
import { RecorderView } from "./recorder-view";

const route = getRouteApi("/app/agents/$agentId");

/** The agent's flight recorder: what was asked of it, and what it held. */
export function Recorder({ agent }: { agent: Agent }) {
  const may = useMay("operator");
  const { recording: chosen } = route.useSearch();
  const navigate = route.useNavigate();
  const choose = useCallback(
    (id: number | null) =>
      void navigate({
        search: ({ recording: _before, ...rest }) => (id === null ? rest : { ...rest, recording: id }),
        resetScroll: false,
      }),
    [navigate],
  );
  const query = recordingsQuery(agent.id);
  const list = useQuery(query);
  const again = () => queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true });
  const ask = useMutation({ mutationFn: () => requestRecording(agent.id), onSettled: again });
  const remove = useMutation({
    mutationFn: (id: number) => deleteRecording(agent.id, id),
    onSuccess: (_answer, id) => id === chosen && choose(null),
    onSettled: again,
  });
  const items = list.data?.items ?? [];
  const shown = items.find(({ id }) => id === chosen);
  const problem = ask.error ?? remove.error ?? list.error;
  return (
    <section id="recorder" aria-labelledby="recorder-title" className="scroll-mt-28 pt-6 max-sm:scroll-mt-36">
      <div className="mb-2.5 flex flex-wrap items-center gap-2">
        <h2 id="recorder-title" className="font-semibold text-base tracking-tight">
          <Trans>Recorder</Trans>
        </h2>
        <span className="flex-1 basis-60 text-muted text-xs max-sm:basis-full">
          <Trans>
            The agent keeps 15 minutes of its busiest processes, the kernel’s messages and changes of units.
          </Trans>
        </span>
        {!may && <RoleNote needed="operator" what={t({ message: "Recording", context: "activity" })} />}
        <Button
          size="sm"
          disabled={!may || ask.isPending || items.some(isOpen)}
          onClick={() => {
            remove.reset();
            ask.mutate();
          }}
        >
          <Trans>Record the last 15 minutes</Trans>
        </Button>
      </div>
      {problem !== null && (
        <p role="alert" className="mb-2 text-bad">
          {asProblem(problem).message}
        </p>
      )}
      {list.data !== undefined && (
        <div className="flex flex-col gap-3">
          <RecorderList
            agent={agent}
            items={items}
            chosen={shown?.id ?? null}
            mayDelete={may && !remove.isPending}
            onChoose={choose}
            onDelete={(id) => {
              ask.reset();
              remove.mutate(id);
            }}
          />
          {shown !== undefined && <RecorderView key={shown.id} agent={agent} recording={shown} />}
        </div>
      )}
    </section>
  );
}
