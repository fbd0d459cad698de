import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { writeNotes } from "@/api/incidents";
import { asProblem } from "@/api/problem";
import type { IncidentDetail } from "@/api/types";
import { Card } from "@/components/card";
import { Notice } from "@/components/notice";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { refreshAlerting } from "@/state/alerting";
import { queryClient, useMay } from "@/state/session";
import { incidentQuery } from "./queries";

/** What was learnt: text that stays with the incident. */
export function Notes({ incident }: { incident: IncidentDetail }) {
  const may = useMay("operator");
  const [draft, setDraft] = useState<{ text: string; basedOn: string } | null>(null);
  return (
    <Card
      title={t`Post-mortem notes`}
      text={incident.notes === "" && draft === null ? t`What happened, why, and what should change.` : undefined}
      action={
        draft === null && (
          <RoleTooltip may={may} needed="operator" what={t`Writing notes`}>
            <Button
              size="sm"
              disabled={!may}
              onClick={() => setDraft({ text: incident.notes, basedOn: incident.notes })}
            >
              {incident.notes === "" ? t`Write` : t`Edit`}
            </Button>
          </RoleTooltip>
        )
      }
    >
      {draft === null ? (
        incident.notes !== "" && <p className="whitespace-pre-wrap break-words px-5 pb-5">{incident.notes}</p>
      ) : (
        <Editor incident={incident} draft={draft} onChange={setDraft} />
      )}
    </Card>
  );
}

interface EditorProps {
  incident: IncidentDetail;
  draft: { text: string; basedOn: string };
  onChange: (draft: { text: string; basedOn: string } | null) => void;
}

function Editor({ incident, draft, onChange }: EditorProps) {
  const save = useMutation({
    mutationFn: (basedOn: string) => writeNotes(incident.id, draft.text, basedOn),
    onSuccess: (now) => {
      queryClient.setQueryData(incidentQuery(incident.id).queryKey, now);
      onChange(null);
    },
    onError: () => void refreshAlerting(),
  });
  const problem = save.error === null ? null : asProblem(save.error);
  // Somebody else's notes come with the live feed, often before the hub would refuse to overwrite them.
  const overtaken = incident.notes !== draft.basedOn;
  return (
    <div className="flex flex-col gap-3 px-5 pb-5">
      {overtaken && (
        <Notice title={t`Somebody changed the notes meanwhile`}>
          <span className="mt-1 block max-h-40 overflow-y-auto whitespace-pre-wrap rounded-md bg-raised px-3 py-2 text-text">
            {incident.notes === "" ? t`(empty)` : incident.notes}
          </span>
          <span className="mt-2 flex flex-wrap gap-2">
            <Button size="sm" onClick={() => onChange({ text: incident.notes, basedOn: incident.notes })}>
              <Trans>Take theirs</Trans>
            </Button>
            <Button size="sm" disabled={save.isPending} onClick={() => save.mutate(incident.notes)}>
              <Trans>Overwrite with mine</Trans>
            </Button>
          </span>
        </Notice>
      )}
      {problem !== null && problem.status !== 409 && (
        <Notice title={t`The notes were not saved`}>{problem.advice}</Notice>
      )}
      <textarea
        aria-label={t`Post-mortem notes`}
        rows={10}
        maxLength={20_000}
        value={draft.text}
        onChange={(event) => onChange({ ...draft, text: event.target.value })}
        className="w-full resize-y rounded-md border border-edge bg-surface px-3 py-2 text-sm max-sm:text-base"
      />
      <div className="flex justify-end gap-2">
        <Button onClick={() => onChange(null)}>
          <Trans>Cancel</Trans>
        </Button>
        <Button
          variant="primary"
          disabled={save.isPending || overtaken || draft.text === draft.basedOn}
          onClick={() => save.mutate(draft.basedOn)}
        >
          {save.isPending ? t`Saving…` : t`Save`}
        </Button>
      </div>
    </div>
  );
}
