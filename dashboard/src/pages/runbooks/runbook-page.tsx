import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronLeft, GitMerge } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import { saveRunbook } from "@/api/runbooks";
import type { RunbookDetail } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { isEverything } from "@/lib/access";
import { ResponseNav } from "@/pages/response/response-nav";
import { SaveBar } from "@/pages/rules/save-bar";
import { UnsavedGuard } from "@/pages/rules/unsaved-guard";
import { runbookQuery } from "@/state/runbooks";
import { useGoverns, useUser } from "@/state/session";
import { refreshRunbooks } from "@/state/waiting-runs";
import { Editor } from "./editor";
import { obstacleOf } from "./obstacle";
import { RunList } from "./run-list";
import { RunbookHeader } from "./runbook-header";
import { type Editing, useEditor } from "./use-editor";

const route = getRouteApi("/app/runbooks/$runbookId");
const DryRunPanel = lazy(async () => ({ default: (await import("./dry-run")).DryRunPanel }));
const Versions = lazy(async () => ({ default: (await import("./versions")).Versions }));
const Approvals = lazy(async () => ({ default: (await import("./approvals")).Approvals }));

/** One runbook: what it says, what it would do, what it did, and what it was. */
export function RunbookPage() {
  const id = Number(route.useParams().runbookId);
  const everywhere = isEverything(useUser().scope);
  const detail = useQuery({ ...runbookQuery(id), enabled: everywhere });
  const problem = detail.error === null ? null : asProblem(detail.error);
  return (
    <>
      <ResponseNav />
      <Link to="/runbooks" className="touch mb-1 inline-flex items-center gap-1 text-muted hover:text-text">
        <ChevronLeft className="size-4" aria-hidden />
        <Trans>All runbooks</Trans>
      </Link>
      {!everywhere && <RoleNote needed="viewer" everywhere what={t`Seeing runbooks`} className="block" />}
      {everywhere && detail.isPending && <Skeleton className="h-96" />}
      {problem !== null && detail.data === undefined && (
        <Notice
          title={problem.status === 404 ? t`There is no such runbook` : t`The runbook could not be loaded`}
          onRetry={() => void detail.refetch()}
        >
          {problem.status === 404 ? t`It may have been deleted; what it did can still be read.` : problem.message}
        </Notice>
      )}
      {detail.data !== undefined && problem?.status !== 404 && <Body key={id} detail={detail.data} />}
    </>
  );
}

function Body({ detail: runbook }: { detail: RunbookDetail }) {
  const [base, setBase] = useState(runbook);
  const editing = useEditor(runbook);
  const { dirty, written, parsed } = editing;
  useEffect(() => {
    document.title = `${runbook.name} · Opsentrix`;
  }, [runbook.name]);
  const rebase = (to: RunbookDetail) => {
    setBase(to);
    editing.restart(to);
  };
  const newer = runbook.version > base.version;
  const overtaken = newer && dirty && runbook.yaml !== base.yaml;
  // What others did is taken over as long as nothing was typed here; switched on or off, it says what it said.
  useEffect(() => {
    if (!newer || overtaken) return;
    setBase(runbook);
    if (!dirty) editing.restart(runbook);
  });
  return (
    <>
      <RunbookHeader runbook={runbook} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_26rem] xl:grid-rows-[auto_minmax(0,1fr)]">
        {/* What it did is what people look for first; on a phone it stands above what it says. */}
        <section aria-labelledby="runs-title" className="min-w-0 xl:col-start-2">
          <h2 id="runs-title" className="mb-2 font-semibold text-[0.9375rem]">
            <Trans>Runs</Trans>
          </h2>
          <RunList filter={{ runbook: runbook.id }} of="runbook" first={5} />
        </section>
        <EditForm
          runbook={runbook}
          base={base}
          editing={editing}
          overtaken={overtaken}
          onRebase={rebase}
          onKeep={() => setBase(runbook)}
        />
        <div className="flex min-w-0 flex-col gap-4 xl:col-start-2">
          <Suspense fallback={<Skeleton className="h-32" />}>
            <DryRunPanel runbook={dirty ? undefined : runbook.id} written={written} readable={parsed?.error === ""} />
          </Suspense>
          <Suspense fallback={<Skeleton className="h-24" />}>
            <Approvals runbook={runbook} />
          </Suspense>
          <Suspense fallback={<Skeleton className="h-24" />}>
            <Versions versions={runbook.versions} onRestore={editing.take} />
          </Suspense>
        </div>
      </div>
    </>
  );
}

interface EditFormProps {
  runbook: RunbookDetail;
  /** What the change is a change of. */
  base: RunbookDetail;
  editing: Editing;
  overtaken: boolean;
  onRebase: (to: RunbookDetail) => void;
  onKeep: () => void;
}

/** Changes a runbook; each change is a new version, and none overwrites what it has not seen. */
function EditForm({ runbook, base, editing, overtaken, onRebase, onKeep }: EditFormProps) {
  const governs = useGoverns();
  const { dirty, written } = editing;
  const save = useMutation({
    mutationFn: () => saveRunbook(runbook.id, { ...written, enabled: base.enabled, based_on: base.version }),
    onSuccess: async (saved) => {
      onRebase(saved);
      await refreshRunbooks();
    },
    onError: refreshRunbooks,
  });
  const problem = save.error === null ? null : asProblem(save.error);
  return (
    <form
      aria-label={t`Runbook`}
      className="card min-w-0 p-5 xl:col-start-1 xl:row-span-2 xl:row-start-1"
      onSubmit={(event) => {
        event.preventDefault();
        if (obstacleOf(editing) === null) save.mutate();
      }}
    >
      {!governs && <RoleNote needed="admin" everywhere what={t`Changing a runbook`} className="mb-4" />}
      <Editor editing={editing} readOnly={!governs}>
        {overtaken && (
          <div role="alert" className="mb-5 flex items-start gap-3 rounded-md border border-warn/50 bg-warn/8 p-3.5">
            <GitMerge className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
            <div className="flex min-w-0 flex-1 flex-col gap-2">
              <p>
                <Trans>
                  <span className="font-medium">
                    {ph({ who: runbook.changed_by })} changed this runbook while you did.
                  </span>{" "}
                  Version {ph({ version: runbook.version })} stands under “Versions”, with what is different.
                </Trans>
              </p>
              <div className="flex flex-wrap gap-2">
                <Button size="sm" onClick={() => onRebase(runbook)}>
                  <Trans>Take theirs, drop mine</Trans>
                </Button>
                <Button size="sm" onClick={onKeep}>
                  <Trans>Keep mine, replace theirs when saved</Trans>
                </Button>
              </div>
            </div>
          </div>
        )}
        {problem !== null && problem.status !== 409 && (
          <div className="mb-4">
            <FormProblem text={problem.advice} />
          </div>
        )}
      </Editor>
      {dirty && governs && (
        <SaveBar
          label={t`Save changes`}
          obstacle={overtaken ? t`Decide first what becomes of the other change.` : obstacleOf(editing)}
          busy={save.isPending}
          onDiscard={() => onRebase(runbook)}
        />
      )}
      <UnsavedGuard what="runbook" dirty={() => dirty && governs} />
    </form>
  );
}
