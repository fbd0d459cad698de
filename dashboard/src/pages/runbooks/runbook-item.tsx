import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import type { Runbook } from "@/api/types";
import { RoleTooltip } from "@/components/role-note";
import { RunbookRunMark } from "@/components/run-marks";
import { Switch } from "@/components/switch";
import { cn } from "@/lib/cn";
import { triggersWords } from "@/lib/runbook-words";
import { formatAgo } from "@/lib/time";
import { useGoverns } from "@/state/session";
import { BreakerNotice } from "./breaker-notice";
import { ModeMark } from "./mode-field";

interface RunbookItemProps {
  runbook: Runbook;
  now: number;
  agentName: (id: number) => string;
  busy: boolean;
  onTurn: () => void;
}

/** A runbook in the list: a line on a desk, a card on a phone. */
export function RunbookItem({ runbook, now, agentName, busy, onTurn }: RunbookItemProps) {
  const governs = useGoverns();
  const { definition, breaker, last_run: last } = runbook;
  return (
    <li className={cn("relative flex flex-col gap-3 px-4 py-3 sm:px-5", breaker.open && "bg-bad/5")}>
      <div className="grid gap-x-5 gap-y-2 lg:grid-cols-[minmax(0,1fr)_7rem_11rem_11rem_4.5rem] lg:items-center">
        <div className="flex min-w-0 flex-col gap-0.5">
          <p className="flex min-w-0 items-center gap-2.5 pe-20 lg:pe-0">
            <Link
              to="/runbooks/$runbookId"
              params={{ runbookId: String(runbook.id) }}
              className={cn(
                "min-w-0 break-words font-medium after:absolute after:inset-0 hover:text-accent",
                !runbook.enabled && "text-muted",
              )}
            >
              {runbook.name}
            </Link>
          </p>
          <p className="break-words text-muted text-xs">{triggersWords(definition.triggers ?? [])}</p>
        </div>
        <ModeMark mode={runbook.mode} />
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-0.5 lg:block">
          {last === null ? (
            <span className="text-muted text-xs">
              <Trans>Never ran</Trans>
            </span>
          ) : (
            <>
              <RunbookRunMark run={last} />
              <span className="tnum block truncate text-muted text-xs" title={agentName(last.agent)}>
                {agentName(last.agent)}, {formatAgo(last.created_at, now)}
              </span>
            </>
          )}
        </div>
        <div>
          <Counts runbook={runbook} />
        </div>
        <div className="relative z-10 justify-self-end max-lg:absolute max-lg:top-1.5 max-lg:end-4">
          <RoleTooltip may={governs} needed="admin" everywhere what={t`Switching a runbook`}>
            <Switch label={runbook.name} checked={runbook.enabled} disabled={!governs || busy} onChange={onTurn} />
          </RoleTooltip>
        </div>
      </div>
      {!runbook.author_may && <AuthorNote author={runbook.changed_by} />}
      {breaker.open && <BreakerNotice runbook={runbook} now={now} className="relative z-10" />}
    </li>
  );
}

/** Whose rights it would act with has none any more. */
export function AuthorNote({ author }: { author: string }) {
  return (
    <p className="flex items-start gap-2 text-warn text-xs">
      <TriangleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
      <Trans>
        It does nothing by itself: {author}, who made this version, is no admin of all agents any more. An admin can
        save it anew.
      </Trans>
    </p>
  );
}

/** How its runs came out: what needs a look first. */
function Counts({ runbook: { runs } }: { runbook: Runbook }) {
  const { open, verdicts, outcomes } = runs;
  const { fixed = 0, not_fixed = 0, worse = 0, unknown = 0 } = verdicts;
  const { step_failed = 0, skipped = 0 } = outcomes;
  const bad = not_fixed + worse + step_failed;
  const parts: [number, string, string][] = [
    [open, plural(open, { one: "# under way", other: "# under way" }), "text-accent font-medium"],
    [fixed, plural(fixed, { one: "# fixed", other: "# fixed" }), "text-ok font-medium"],
    [bad, plural(bad, { one: "# did not help", other: "# did not help" }), "text-bad font-medium"],
    [unknown, plural(unknown, { one: "# unknown", other: "# unknown" }), "text-warn font-medium"],
    [skipped, plural(skipped, { one: "# skipped", other: "# skipped" }), "text-muted"],
  ];
  const shown = parts.filter(([count]) => count > 0);
  return (
    <p className="tnum flex flex-wrap gap-x-2.5 text-xs empty:hidden">
      {shown.map(([, text, color]) => (
        <span key={text} className={color}>
          {text}
        </span>
      ))}
    </p>
  );
}
