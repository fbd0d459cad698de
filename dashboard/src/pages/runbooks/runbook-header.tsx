import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { Copy, MoreHorizontal, Play, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { asProblem } from "@/api/problem";
import { deleteRunbook, saveRunbook } from "@/api/runbooks";
import type { Runbook } from "@/api/types";
import { Notice } from "@/components/notice";
import { RoleTooltip } from "@/components/role-note";
import { Switch } from "@/components/switch";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { triggersWords } from "@/lib/runbook-words";
import { formatAgo, formatMoment } from "@/lib/time";
import { lastDone } from "@/state/done";
import { useGoverns, useMay } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";
import { refreshRunbooks } from "@/state/waiting-runs";
import { BreakerNotice } from "./breaker-notice";
import { ModeMark } from "./mode-field";
import { AuthorNote } from "./runbook-item";
import { useTurn } from "./use-turn";

const RunDialog = lazy(() => import("./run-dialog").then((module) => ({ default: module.RunDialog })));
const RemoveDialog = lazy(() =>
  import("@/pages/notifications/remove-dialog").then((module) => ({ default: module.RemoveDialog })),
);

/** What a runbook is called and how it stands, with what can be done to it as a whole. */
export function RunbookHeader({ runbook }: { runbook: Runbook }) {
  const governs = useGoverns();
  const may = useMay("operator");
  const navigate = useNavigate();
  const now = useHubNow(5000);
  const [doing, setDoing] = useState<"delete" | "run" | null>(null);
  const { busy, error, turn } = useTurn();
  const { definition, enabled, breaker, next_at: next } = runbook;
  const remove = async () => {
    await deleteRunbook(runbook.id);
    lastDone.set({
      text: t`${{ name: runbook.name }} was deleted`,
      undo: async () => {
        await saveRunbook(null, { definition, enabled: false });
        await refreshRunbooks();
      },
    });
  };
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="break-words font-semibold text-xl tracking-tight">{runbook.name}</h1>
          <div className="mt-0.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-muted text-xs">
            <ModeMark mode={runbook.mode} />
            <span>{triggersWords(definition.triggers ?? [])}</span>
            {next !== null && enabled && (
              <span className="tnum">
                <Trans>next {ph({ time: formatMoment(Date.parse(next) / 1000) })}</Trans>
              </span>
            )}
            <span>
              <Trans>
                version {ph({ version: runbook.version })}, by {ph({ who: runbook.changed_by })}{" "}
                {ph({ when: formatAgo(runbook.changed_at, now) })}
              </Trans>
            </span>
          </div>
        </div>
        <RoleTooltip may={governs} needed="admin" everywhere what={t`Switching a runbook`}>
          <Switch
            label={t`This runbook is triggered`}
            checked={enabled}
            disabled={!governs || busy}
            onChange={() => turn(runbook)}
          />
        </RoleTooltip>
        <RoleTooltip may={may} needed="operator" what={t`Running a runbook`}>
          <Button variant="primary" disabled={!may} onClick={() => setDoing("run")}>
            <Play className="size-4" aria-hidden />
            <Trans>Run now</Trans>
          </Button>
        </RoleTooltip>
        <Menu
          label={t`More`}
          trigger={
            <Button size="icon" disabled={!governs} aria-label={t`More`}>
              <MoreHorizontal className="size-4" aria-hidden />
            </Button>
          }
        >
          <MenuItem onSelect={() => void navigate({ to: "/runbooks/new", search: { from: runbook.id } })}>
            <Copy className="size-4" aria-hidden />
            <Trans>Duplicate</Trans>
          </MenuItem>
          <MenuItem danger onSelect={() => setDoing("delete")}>
            <Trash2 className="size-4" aria-hidden />
            <Trans>Delete</Trans>
          </MenuItem>
        </Menu>
      </div>
      {breaker.open && <BreakerNotice runbook={runbook} now={now} className="mb-4" />}
      {!runbook.author_may && (
        <div className="mb-4">
          <AuthorNote author={runbook.changed_by} />
        </div>
      )}
      {error !== null && (
        <Notice className="mb-4" title={t`The runbook was not switched`}>
          {asProblem(error).advice}
        </Notice>
      )}
      <Suspense>
        {doing === "run" && <RunDialog runbook={runbook} onClose={() => setDoing(null)} />}
        {doing === "delete" && (
          <RemoveDialog
            title={t`Delete the runbook ${{ name: runbook.name }}?`}
            text={t`Runs that are under way go on as they began, and what it did stays to be read. Its versions go.`}
            run={remove}
            onDone={async () => {
              await navigate({ to: "/runbooks", ignoreBlocker: true });
              await refreshRunbooks();
            }}
            onClose={() => setDoing(null)}
          />
        )}
      </Suspense>
    </>
  );
}
