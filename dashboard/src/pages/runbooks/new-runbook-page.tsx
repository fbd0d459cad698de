import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { asProblem } from "@/api/problem";
import { saveRunbook } from "@/api/runbooks";
import { FormProblem } from "@/components/entry";
import { RoleNote } from "@/components/role-note";
import { Skeleton } from "@/components/ui/skeleton";
import { ResponseNav } from "@/pages/response/response-nav";
import { SaveBar } from "@/pages/rules/save-bar";
import { UnsavedGuard } from "@/pages/rules/unsaved-guard";
import { examplesQuery, runbookQuery } from "@/state/runbooks";
import { useGoverns } from "@/state/session";
import { refreshRunbooks } from "@/state/waiting-runs";
import { DryRunPanel } from "./dry-run";
import { Editor } from "./editor";
import { obstacleOf } from "./obstacle";
import { type Base, useEditor } from "./use-editor";

const route = getRouteApi("/app/runbooks/new");
const EMPTY: Base = { definition: null, yaml: "" };

/** A runbook that is being written: from nothing, from a ready one, or as a copy of another. */
export function NewRunbookPage() {
  const { from, example } = route.useSearch();
  const governs = useGoverns();
  const copied = useQuery({
    ...runbookQuery(from ?? 0),
    enabled: from !== undefined && governs,
    refetchInterval: false,
  });
  const examples = useQuery({ ...examplesQuery, enabled: example !== undefined && governs });
  useEffect(() => {
    document.title = t`New runbook · Opsentrix`;
  }, []);
  const loading = copied.isLoading || examples.isLoading;
  const ready = examples.data?.find(({ key }) => key === example);
  const other = copied.data;
  const begin: Base =
    other !== undefined
      ? { yaml: "", definition: { ...other.definition, name: t`${{ name: other.name }} (copy)` } }
      : (ready ?? EMPTY);
  return (
    <>
      <ResponseNav />
      <h1 className="mx-auto mb-4 w-full max-w-5xl font-semibold text-xl tracking-tight">
        <Trans>New runbook</Trans>
      </h1>
      {!governs && <RoleNote needed="admin" everywhere what={t`Writing a runbook`} />}
      {governs && loading && <Skeleton className="h-96" />}
      {governs && !loading && <NewRunbook key={`${from} ${example}`} begin={begin} />}
    </>
  );
}

function NewRunbook({ begin }: { begin: Base }) {
  const navigate = useNavigate();
  const editing = useEditor(begin);
  const saved = useRef(false);
  const { dirty, written, parsed } = editing;
  const save = useMutation({
    mutationFn: () => saveRunbook(null, { ...written, enabled: true }),
    onSuccess: async ({ id }) => {
      saved.current = true;
      await refreshRunbooks();
      await navigate({ to: "/runbooks/$runbookId", params: { runbookId: String(id) } });
    },
  });
  const untouched = begin.definition === null && !dirty;
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <form
        aria-label={t`Runbook`}
        className="card min-w-0 p-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (obstacleOf(editing) === null) save.mutate();
        }}
      >
        {/* Nothing is wrong yet with what nobody wrote. */}
        <Editor editing={untouched ? { ...editing, parsed: undefined } : editing} readOnly={false}>
          <FormProblem text={save.error === null ? null : asProblem(save.error).advice} />
        </Editor>
        <SaveBar
          label={t`Create runbook`}
          obstacle={untouched ? t`It needs a name and an action.` : obstacleOf(editing)}
          busy={save.isPending}
          onDiscard={() => void navigate({ to: "/runbooks" })}
        />
      </form>
      <DryRunPanel written={written} readable={parsed?.error === ""} />
      <UnsavedGuard what="runbook" dirty={() => dirty && !saved.current} />
    </div>
  );
}
