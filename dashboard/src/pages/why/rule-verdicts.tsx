import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { Why } from "@/api/types";
import { Card } from "@/components/card";
import { AlertLabels } from "@/pages/alerting/alert-parts";

/** What each rule says that reads a metric; the stages below are of the one that came furthest. */
export function RuleVerdicts({ why }: { why: Why }) {
  const at = Math.floor(Date.parse(why.at) / 1000);
  return (
    <Card title={t`Rules that read it`} text={t`The one that came furthest is told in full below.`}>
      <ul aria-label={t`Rules`} className="divide-y border-t">
        {why.rules.map(({ rule, labels, verdict, paged }) => (
          <li key={`${rule.id} ${JSON.stringify(labels)}`} className="px-5 py-2.5">
            <p className="flex flex-wrap items-center gap-1.5">
              <Link
                to="/alerts/why"
                search={{ rule: rule.id, at, ...(why.agent === null ? {} : { agent: why.agent.id }) }}
                className="font-medium hover:underline"
              >
                {rule.name}
              </Link>
              <AlertLabels labels={labels} />
              {paged === true && (
                <span className="text-ok text-xs">
                  <Trans>paged</Trans>
                </span>
              )}
            </p>
            <p className="text-muted text-xs">{verdict}</p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
