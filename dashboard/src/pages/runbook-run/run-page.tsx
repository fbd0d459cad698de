import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useEffect } from "react";
import { asProblem } from "@/api/problem";
import type { RunbookRunDetail } from "@/api/types";
import { Card } from "@/components/card";
import { Notice } from "@/components/notice";
import { RunbookRunMark, VerdictMark } from "@/components/run-marks";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import { hubNow } from "@/lib/clock";
import { OUTCOME_WORDS, RUN_STATE_WORDS, VERDICT_WORDS } from "@/lib/runbook-run-words";
import { formatAgo, formatMoment } from "@/lib/time";
import { duration } from "@/lib/units";
import { ResponseNav } from "@/pages/response/response-nav";
import { sentence } from "@/pages/runbooks/editor-context";
import { NotFoundPage } from "@/pages/shell/not-found-page";
import { runQuery } from "@/state/runbooks";
import { useHubNow } from "@/state/use-hub-now";
import { Checks } from "./checks";
import { Decide } from "./decide";
import { Steps } from "./steps";
import { useRunFeed } from "./use-run-feed";

const route = getRouteApi("/app/runbook-runs/$runId");

/** One run of a runbook: how it stands, what was done, and what tells whether it helped. */
export function RunbookRunPage() {
  const id = Number(route.useParams().runId);
  return Number.isSafeInteger(id) && id > 0 ? <KnownRunPage key={id} id={id} /> : <NotFoundPage />;
}

function KnownRunPage({ id }: { id: number }) {
  const run = useQuery(runQuery(id));
  useRunFeed(id);
  const name = run.data?.runbook_name;
  useEffect(() => {
    document.title = `${name ?? t`Run ${id}`} · Opsentrix`;
  }, [id, name]);
  const problem = run.error === null ? null : asProblem(run.error);
  if (problem?.status === 404) return <NotFoundPage />;
  return (
    <>
      <ResponseNav />
      {problem !== null && run.data === undefined && (
        <Notice title={t`This run could not be loaded`} onRetry={() => void run.refetch()}>
          {problem.message}
        </Notice>
      )}
      {run.isPending && <Skeleton className="h-96" />}
      {run.data !== undefined && <Body run={run.data} />}
    </>
  );
}

function Body({ run }: { run: RunbookRunDetail }) {
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <Header run={run} />
      <Verdict run={run} />
      <Decide run={run} />
      <Steps run={run} />
      <Checks run={run} />
      <Facts run={run} />
    </div>
  );
}

function causeText({ cause, requested_by: who }: RunbookRunDetail): string {
  if (cause === "hand") return t`By hand, ${who}`;
  return cause === "alert" ? t`By an alert` : t`By its schedule`;
}

function Header({ run }: { run: RunbookRunDetail }) {
  const now = useHubNow(1000);
  return (
    <div>
      <nav aria-label={t`Breadcrumb`} className="flex items-center gap-1 text-muted text-xs">
        {run.runbook === null ? (
          <Link to="/runbooks" className="hover:text-text hover:underline">
            <Trans>Runbooks</Trans>
          </Link>
        ) : (
          <Link
            to="/runbooks/$runbookId"
            params={{ runbookId: String(run.runbook) }}
            className="hover:text-text hover:underline"
          >
            {run.runbook_name}
          </Link>
        )}
        <ChevronRight className="size-3" aria-hidden />
        <span className="tnum">
          <Trans>run {ph({ id: run.id })}</Trans>
        </span>
      </nav>
      <h1 className="break-words font-semibold text-xl tracking-tight">
        <Trans>
          {ph({ runbook: run.runbook_name })} on{" "}
          <Link to="/agents/$agentId" params={{ agentId: String(run.agent) }} className="hover:underline">
            {ph({ agent: run.agent_name })}
          </Link>
        </Trans>
      </h1>
      <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1 text-muted text-xs">
        <RunbookRunMark run={run} />
        <span>{causeText(run)}</span>
        <span className="tnum" title={formatMoment(Date.parse(run.created_at) / 1000)}>
          {formatAgo(run.created_at, now)}
        </span>
        {run.incident !== null && (
          <Link
            to="/incidents/$incidentId"
            params={{ incidentId: String(run.incident) }}
            className="text-accent hover:underline"
          >
            <Trans>incident #{ph({ id: run.incident })}</Trans>
          </Link>
        )}
      </div>
    </div>
  );
}

const TONES = {
  fixed: "border-ok/50 bg-ok/8",
  not_fixed: "border-bad/50 bg-bad/8",
  worse: "border-bad/50 bg-bad/8",
  unknown: "border-warn/50 bg-warn/8",
} as const;

/** How it came out, or what it is doing, in words. */
function Verdict({ run }: { run: RunbookRunDetail }) {
  const { state, outcome, verdict, note, deadline } = run;
  useHubNow(1000);
  const left = deadline === null ? null : Date.parse(deadline) / 1000 - hubNow();
  return (
    <section
      aria-label={t`How it came out`}
      aria-live="polite"
      className={`card flex flex-col gap-1 px-5 py-4 ${verdict === null ? "" : TONES[verdict]}`}
    >
      {verdict !== null && <VerdictMark verdict={verdict} className="text-base [&_svg]:size-5" />}
      {(verdict === null || outcome === "step_failed") && (
        <RunbookRunMark run={{ state, outcome, verdict: null }} className="text-base [&_svg]:size-5" />
      )}
      <p className="break-words">
        {verdict !== null && VERDICT_WORDS[verdict].text}
        {verdict === null && outcome !== null && OUTCOME_WORDS[outcome].text}
        {outcome === null && RUN_STATE_WORDS[state].text}
        {outcome === "step_failed" && verdict !== null && ` ${OUTCOME_WORDS.step_failed.text}`}
      </p>
      {note !== "" && <p className="break-words text-muted">{sentence(note)}</p>}
      {outcome === null && left !== null && left > 0 && (
        <p className="tnum text-muted text-xs">
          <Trans>At most {ph({ time: duration(left) })} more.</Trans>
        </p>
      )}
    </section>
  );
}

function Facts({ run }: { run: RunbookRunDetail }) {
  const labels = Object.entries(run.labels);
  const facts: [string, string][] = [
    [t`Version`, String(run.version)],
    [t`Asked by`, run.requested_by],
    ...(run.decided_by === "" ? [] : ([[t`Decided by`, run.decided_by]] as [string, string][])),
    [t`Asked`, formatMoment(Date.parse(run.created_at) / 1000)],
    ...(run.begun_at === null
      ? []
      : ([[t`Began`, formatMoment(Date.parse(run.begun_at) / 1000)]] as [string, string][])),
    ...(run.ended_at === null
      ? []
      : ([[t`Ended`, formatMoment(Date.parse(run.ended_at) / 1000)]] as [string, string][])),
  ];
  return (
    <Card title={t`About this run`}>
      <dl className="tnum grid grid-cols-[7rem_minmax(0,1fr)] gap-x-4 gap-y-1.5 border-t px-5 py-4">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="break-words">{value}</dd>
          </div>
        ))}
        {run.forced && (
          <>
            <dt className="text-muted">
              <Trans>Forced</Trans>
            </dt>
            <dd>
              <Trans>It was to act although what is expected held already.</Trans>
            </dd>
          </>
        )}
        {labels.length > 0 && (
          <>
            <dt className="text-muted">
              <Trans>Labels</Trans>
            </dt>
            <dd className="flex flex-wrap gap-1">
              {labels.map(([name, value]) => (
                <Badge key={name}>{`${name}=${value}`}</Badge>
              ))}
            </dd>
          </>
        )}
      </dl>
    </Card>
  );
}
