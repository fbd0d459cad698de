import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronRight, CircleHelp } from "lucide-react";
import { useEffect } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { AlertingNav } from "@/pages/alerting/alerting-nav";
import { Chain } from "./chain";
import { isComplete, whyQuery } from "./queries";
import { RuleVerdicts } from "./rule-verdicts";
import { Verdict } from "./verdict";
import { WhyForm } from "./why-form";

const route = getRouteApi("/app/alerts/why");

/** The way from a sample to a message, and where it ended. */
export function WhyPage() {
  const search = route.useSearch();
  const why = useQuery(whyQuery(search));
  useEffect(() => {
    document.title = t`Why was I paged? · Opsentrix`;
  }, []);
  return (
    <>
      <AlertingNav />
      <div className="mx-auto flex max-w-4xl flex-col gap-4">
        <div>
          <nav aria-label={t`Breadcrumb`} className="flex items-center gap-1 text-muted text-xs">
            <Link to="/alerts" className="reach hover:text-text hover:underline">
              <Trans>Alerts</Trans>
            </Link>
            <ChevronRight className="size-3" aria-hidden />
            <span>
              <Trans context="page">Why</Trans>
            </span>
          </nav>
          <h1 className="font-semibold text-xl tracking-tight">
            <Trans>Why was I (not) paged?</Trans>
          </h1>
          <p className="text-muted">
            <Trans>From the samples to the provider’s answer: what each stage made of it.</Trans>
          </p>
        </div>
        <WhyForm key={`${JSON.stringify(search)} ${why.data?.fingerprint}`} answer={why.data} />
        {why.error !== null && (
          <Notice title={t`There is no answer to that`} onRetry={() => void why.refetch()}>
            {asProblem(why.error).advice}
          </Notice>
        )}
        {why.isFetching && why.data === undefined && <Skeleton className="h-72" />}
        {!isComplete(search) && (
          <div className="card flex flex-col items-center gap-3 px-6 py-12 text-center">
            <CircleHelp className="size-8 text-muted" aria-hidden />
            <p className="max-w-md text-muted">
              <Trans>
                Choose an agent, and a rule or a metric. Incidents and alerts lead here, too, with everything filled in.
              </Trans>
            </p>
          </div>
        )}
        {why.data !== undefined && isComplete(search) && why.error === null && (
          <>
            <Verdict why={why.data} />
            {why.data.rules.length > 0 && <RuleVerdicts why={why.data} />}
            {why.data.stages.length > 0 && <Chain stages={why.data.stages} />}
          </>
        )}
      </div>
    </>
  );
}
