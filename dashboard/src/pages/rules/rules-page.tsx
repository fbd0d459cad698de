import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { BellOff, Plus } from "lucide-react";
import { useEffect } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { RoleNote, RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { UndoBar } from "@/components/undo-bar";
import { isEverything } from "@/lib/access";
import { byUrgency, matchesRule } from "@/lib/rule-search";
import { AlertingNav } from "@/pages/alerting/alerting-nav";
import { useGoverns, useUser } from "@/state/session";
import { Groups } from "./groups";
import { groupsQuery, rulesQuery } from "./queries";
import { RuleFilters } from "./rule-filters";
import { RuleItem } from "./rule-item";
import { type Turned, useTurn } from "./use-turn";

const route = getRouteApi("/app/alerts/rules");

/** All alert rules, and how each of them stands. */
export function RulesPage() {
  const everywhere = isEverything(useUser().scope);
  useEffect(() => {
    document.title = t`Alert rules · Opsentrix`;
  }, []);
  return (
    <>
      <AlertingNav />
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1">
          <h1 className="font-semibold text-xl tracking-tight">
            <Trans>Rules</Trans>
          </h1>
          <p className="text-muted">
            <Trans>What must not be, for how long, and on which agents.</Trans>
          </p>
        </div>
        <NewRule />
      </div>
      {everywhere ? <Views /> : <RoleNote needed="viewer" everywhere what={t`Seeing the rules`} />}
    </>
  );
}

function NewRule() {
  const governs = useGoverns();
  return (
    <RoleTooltip may={governs} needed="admin" everywhere what={t`Writing a rule`}>
      {governs ? (
        <Button variant="primary" asChild>
          <Link data-key="n" to="/alerts/rules/new">
            <Plus className="size-4" aria-hidden />
            <Trans>New rule</Trans>
          </Link>
        </Button>
      ) : (
        <Button variant="primary" disabled>
          <Plus className="size-4" aria-hidden />
          <Trans>New rule</Trans>
        </Button>
      )}
    </RoleTooltip>
  );
}

/** The rules, or their groups; which of both is in the URL. */
function Views() {
  const { view } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <Segmented
        label={t`What is shown`}
        className="mb-3"
        value={view ?? "rules"}
        options={[
          { value: "rules", label: t`Rules` },
          { value: "groups", label: t`Groups` },
        ]}
        onChange={(next) => void navigate({ search: next === "groups" ? { view: next } : {} })}
      />
      {view === "groups" ? <Groups /> : <Rules />}
    </>
  );
}

function Rules() {
  const search = route.useSearch();
  const groups = useQuery(groupsQuery).data ?? [];
  const rules = useQuery(rulesQuery);
  const { turned, busy, error, turn, undo, forget } = useTurn();
  if (rules.isPending) return <Skeleton className="h-96" />;
  if (rules.isError) return <Notice title={t`The rules could not be loaded`}>{asProblem(rules.error).message}</Notice>;
  if (rules.data.length === 0) return <NoRules />;
  const shown = rules.data.filter((one) => matchesRule(one, search)).sort(byUrgency);
  const groupOf = (id: number | null) => groups.find((one) => one.id === id) ?? null;
  return (
    <>
      <RuleFilters shown={shown.length} total={rules.data.length} groups={groups} />
      {error !== null && (
        <Notice className="mb-3" title={t`The rule was not switched`}>
          {asProblem(error).advice}
        </Notice>
      )}
      {shown.length === 0 ? (
        <p className="card p-8 text-center text-muted">
          <Trans>No rule matches these filters.</Trans>
        </p>
      ) : (
        <ul aria-label={t`Rules`} className="card divide-y overflow-hidden">
          {shown.map((rule) => (
            <RuleItem key={rule.id} rule={rule} group={groupOf(rule.group_id)} busy={busy} onTurn={() => turn(rule)} />
          ))}
        </ul>
      )}
      {turned !== null && (
        <UndoBar key={turned.rule.version} busy={busy} onUndo={undo} onClose={forget}>
          <TurnedText turned={turned} />
        </UndoBar>
      )}
    </>
  );
}

function TurnedText({ turned: { rule, ended } }: { turned: Turned }) {
  const name = <span className="font-medium">{rule.name}</span>;
  if (rule.enabled) return <Trans>{name} is on.</Trans>;
  if (ended === 0) return <Trans>{name} is off.</Trans>;
  return (
    <Trans>
      {name} is off; <Plural value={ended} one="# alert ends" other="# alerts end" />.
    </Trans>
  );
}

function NoRules() {
  return (
    <div className="card flex flex-col items-center gap-3 px-6 py-12 text-center">
      <BellOff className="size-8 text-muted" aria-hidden />
      <p className="font-medium text-[0.9375rem]">
        <Trans>There is no rule</Trans>
      </p>
      <p className="max-w-md text-muted">
        <Trans>
          Without rules nothing alerts, whatever happens on the agents. Write one, and try it on the history that is
          there already.
        </Trans>
      </p>
      <NewRule />
    </div>
  );
}
