import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useEffect } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { RoleNote, RoleTooltip } from "@/components/role-note";
import { SearchBox } from "@/components/search-box";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { isEverything } from "@/lib/access";
import { byUrgency, matchesRunbook, VIEWS } from "@/lib/runbook-search";
import { ResponseNav } from "@/pages/response/response-nav";
import { WaitingRuns } from "@/pages/response/waiting-runs";
import { runbooksQuery } from "@/state/runbooks";
import { useGoverns, useUser } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";
import { Examples, NoRunbooks } from "./examples";
import { RunList } from "./run-list";
import { RunbookItem } from "./runbook-item";
import { useAgentName } from "./use-agent-name";
import { useTurn } from "./use-turn";

const route = getRouteApi("/app/runbooks");

/** All runbooks, how each of them stands, and what they did. */
export function RunbooksPage() {
  const everywhere = isEverything(useUser().scope);
  const { view = "runbooks" } = route.useSearch();
  const navigate = route.useNavigate();
  useEffect(() => {
    document.title = t`Runbooks · Opsentrix`;
  }, []);
  return (
    <>
      <ResponseNav />
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1">
          <h1 className="font-semibold text-xl tracking-tight">
            <Trans>Runbooks</Trans>
          </h1>
          <p className="text-muted">
            <Trans>What to do when something is wrong, and whether it helped.</Trans>
          </p>
        </div>
        <NewRunbook />
      </div>
      <WaitingRuns />
      <Segmented
        label={t`What is shown`}
        className="mb-3"
        value={view}
        options={VIEWS}
        onChange={(next) => void navigate({ search: next === "runbooks" ? {} : { view: next } })}
      />
      {view === "runs" && <RunList filter={{}} />}
      {view !== "runs" && !everywhere && <RoleNote needed="viewer" everywhere what={t`Seeing runbooks`} />}
      {view !== "runs" && everywhere && (view === "examples" ? <ReadyOnes /> : <Runbooks />)}
    </>
  );
}

function ReadyOnes() {
  return <Examples governs={useGoverns()} />;
}

function NewRunbook() {
  const governs = useGoverns();
  const inside = (
    <>
      <Plus className="size-4" aria-hidden />
      <Trans>New runbook</Trans>
    </>
  );
  return (
    <RoleTooltip may={governs} needed="admin" everywhere what={t`Writing a runbook`}>
      {governs ? (
        <Button variant="primary" asChild>
          <Link data-key="n" to="/runbooks/new">
            {inside}
          </Link>
        </Button>
      ) : (
        <Button variant="primary" disabled>
          {inside}
        </Button>
      )}
    </RoleTooltip>
  );
}

function Runbooks() {
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const governs = useGoverns();
  const now = useHubNow(5000);
  const runbooks = useQuery(runbooksQuery);
  const { busy, error, turn } = useTurn();
  const agentName = useAgentName();
  if (runbooks.isPending) return <Skeleton className="h-96" />;
  if (runbooks.isError)
    return <Notice title={t`The runbooks could not be loaded`}>{asProblem(runbooks.error).message}</Notice>;
  const all = runbooks.data.length;
  if (all === 0) return <NoRunbooks governs={governs} />;
  const shown = runbooks.data.filter((one) => matchesRunbook(one, q)).sort(byUrgency);
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchBox
          label={t`Search runbooks`}
          placeholder={t`Name, alert or action`}
          value={q}
          onChange={(value) => void navigate({ search: value === undefined ? {} : { q: value }, replace: true })}
        />
        <p role="status" className="tnum ms-auto text-muted text-xs">
          {shown.length === all
            ? plural({ count: all }, { one: "# runbook", other: "# runbooks" })
            : t`${{ shown: shown.length }} of ${plural({ count: all }, { one: "# runbook", other: "# runbooks" })}`}
        </p>
      </div>
      {error !== null && (
        <Notice className="mb-3" title={t`The runbook was not switched`}>
          {asProblem(error).advice}
        </Notice>
      )}
      {shown.length === 0 ? (
        <p className="card p-8 text-center text-muted">
          <Trans>No runbook has that in it.</Trans>
        </p>
      ) : (
        <ul aria-label={t`Runbooks`} className="card divide-y overflow-hidden">
          {shown.map((one) => (
            <RunbookItem
              key={one.id}
              runbook={one}
              now={now}
              agentName={agentName}
              busy={busy}
              onTurn={() => turn(one)}
            />
          ))}
        </ul>
      )}
    </>
  );
}
