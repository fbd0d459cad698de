import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { asProblem } from "@/api/problem";
import type { RuleDetail } from "@/api/types";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Skeleton } from "@/components/ui/skeleton";
import { isEverything } from "@/lib/access";
import { versionDraft } from "@/lib/rule-draft";
import { AlertingNav } from "@/pages/alerting/alerting-nav";
import { useUser } from "@/state/session";
import { Overrides } from "./overrides";
import { ruleQuery } from "./queries";
import { RuleForm } from "./rule-form";
import { RuleHeader } from "./rule-header";
import { useCheck } from "./use-check";
import { useDraft } from "./use-draft";
import { Versions } from "./versions";

const route = getRouteApi("/app/alerts/rules/$ruleId");

// What the rule says comes first: trying it on history brings the charts along.
const Backtest = lazy(async () => ({ default: (await import("./backtest")).Backtest }));

/** One alert rule: what it says, what it would have done, what holds for single agents, and what it was. */
export function RulePage() {
  const id = Number(route.useParams().ruleId);
  const everywhere = isEverything(useUser().scope);
  const detail = useQuery({ ...ruleQuery(id), enabled: everywhere });
  const problem = detail.error === null ? null : asProblem(detail.error);
  return (
    <>
      <AlertingNav />
      <Link to="/alerts/rules" className="touch mb-1 inline-flex items-center gap-1 text-muted hover:text-text">
        <ChevronLeft className="size-4" aria-hidden />
        <Trans>All rules</Trans>
      </Link>
      {!everywhere && <RoleNote needed="viewer" everywhere what={t`Seeing the rules`} className="block" />}
      {everywhere && detail.isPending && <Skeleton className="h-96" />}
      {problem !== null && detail.data === undefined && (
        <Notice
          title={problem.status === 404 ? t`There is no such rule` : t`The rule could not be loaded`}
          onRetry={() => void detail.refetch()}
        >
          {problem.status === 404 ? t`It may have been deleted; its alerts have ended then.` : problem.message}
        </Notice>
      )}
      {detail.data !== undefined && problem?.status !== 404 && <Body key={id} detail={detail.data} />}
    </>
  );
}

function Body({ detail }: { detail: RuleDetail }) {
  const { rule, overrides, versions } = detail;
  const drafting = useDraft(rule);
  const check = useCheck(drafting.draft.expression);
  useEffect(() => {
    document.title = `${rule.name} · Opsentrix`;
  }, [rule.name]);
  return (
    <>
      <RuleHeader rule={rule} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_25rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <RuleForm rule={rule} drafting={drafting} check={check} />
          <Suspense fallback={<Skeleton className="h-32" />}>
            <Backtest ruleId={rule.id} draft={drafting.draft} usable={check.parsed?.error === "" && !check.pending} />
          </Suspense>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Overrides rule={rule} overrides={overrides} />
          <Versions versions={versions} onRestore={(one) => drafting.change(versionDraft(one))} />
        </div>
      </div>
    </>
  );
}
