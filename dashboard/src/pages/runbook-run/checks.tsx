import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleCheck, CircleHelp, CircleX, type LucideIcon } from "lucide-react";
import type { RunbookRunDetail } from "@/api/types";
import { Card } from "@/components/card";
import { cn } from "@/lib/cn";
import { CHECKS, type CheckName, type Evidence, evidenceOf, evidenceWords, seenValue } from "@/lib/run-evidence";
import { ALERT_RESOLVED } from "@/lib/runbook-form";
import { TRUTH_WORDS, type TruthName } from "@/lib/runbook-run-words";
import { describeLabels } from "@/lib/series";
import { formatMoment } from "@/lib/time";

const LOOK: Record<TruthName, { icon: LucideIcon; color: string }> = {
  holds: { icon: CircleCheck, color: "text-ok" },
  fails: { icon: CircleX, color: "text-muted" },
  unknown: { icon: CircleHelp, color: "text-warn" },
};
/** What must not hold: a good sign has the good sign's colour. */
const REVERSED: readonly CheckName[] = ["worse", "worse_before"];

/** What was asked of fresh samples, what they said, and which they were. */
export function Checks({ run }: { run: RunbookRunDetail }) {
  const found = CHECKS.flatMap((check) => {
    const kept = run.checks.find(({ name }) => name === check.name);
    const evidence = kept === undefined ? null : evidenceOf(kept.evidence);
    return evidence === null ? [] : [{ ...check, evidence }];
  });
  const expect = run.checks.find(({ name }) => name === "expect")?.condition;
  if (found.length === 0) {
    return (
      <Card
        title={t`Whether it helped`}
        text={
          expect === undefined
            ? t`It says nothing of what is expected after, so there is no verdict.`
            : `Expected after the last step: ${expect}. Nothing was looked at${run.state === "ended" ? "" : " so far"}.`
        }
      />
    );
  }
  return (
    <Card title={t`Whether it helped`} text={t`What was asked, and the samples that answered.`}>
      <ul aria-label={t`Checks`} className="divide-y border-t">
        {found.map((one) => (
          <Check key={one.name} {...one} />
        ))}
      </ul>
    </Card>
  );
}

interface CheckProps {
  name: CheckName;
  label: string;
  text: string;
  evidence: Evidence;
}

function Check({ name, label, text, evidence }: CheckProps) {
  const { truth, resolved, condition, series = [], more = 0, parts = [] } = evidence;
  const { icon: Icon, color } = LOOK[truth];
  const reversed = REVERSED.includes(name);
  const tone = reversed && truth === "holds" ? "text-bad" : reversed && truth === "fails" ? "text-ok" : color;
  return (
    <li className="flex gap-3 px-5 py-3.5">
      <Icon className={cn("mt-0.5 size-4 shrink-0", tone)} aria-hidden />
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{label}</span>
          <span className={cn("font-medium text-xs", tone)}>{TRUTH_WORDS[truth]}</span>
          <span className="text-muted text-xs">{text}</span>
        </p>
        <code className="break-words font-mono text-xs">
          {resolved ? `${ALERT_RESOLVED}: ${condition}` : condition}
        </code>
        <p className="tnum text-muted text-xs">{evidenceWords(evidence, name)}.</p>
        {(series.length > 0 || parts.length > 0) && (
          <details className="text-xs">
            <summary className="touch w-fit cursor-pointer rounded py-0.5 text-accent hover:underline">
              {series.length > 0 ? t`The samples` : t`Its parts`}
            </summary>
            <div className="mt-1 overflow-x-auto">
              <table className="tnum w-full text-start">
                <thead className="text-muted">
                  <tr>
                    <th className="py-1 pe-4 font-normal">{series.length > 0 ? t`Series` : t`Condition`}</th>
                    <th className="py-1 pe-4 font-normal">{series.length > 0 ? t`Value` : t`Verdict`}</th>
                    {series.length > 0 && (
                      <th className="py-1 font-normal">
                        <Trans>Taken</Trans>
                      </th>
                    )}
                  </tr>
                </thead>
                <tbody>
                  {series.map((one) => (
                    <tr key={describeLabels(one.labels)}>
                      <td className="break-words py-0.5 pe-4">{describeLabels(one.labels) || t`the only one`}</td>
                      <td className="whitespace-nowrap py-0.5 pe-4">
                        {seenValue(one)}
                        {one.known && <span className="text-muted"> {one.holds ? "holds" : "does not hold"}</span>}
                      </td>
                      <td className="whitespace-nowrap py-0.5 text-muted">{formatMoment(Date.parse(one.at) / 1000)}</td>
                    </tr>
                  ))}
                  {parts.map((one) => (
                    <tr key={one.condition}>
                      <td className="break-words py-0.5 pe-4 font-mono">{one.condition}</td>
                      <td className="py-0.5 pe-4">{one.verdict.replace(/_/g, " ")}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {more > 0 && (
              <p className="text-muted">
                <Trans>{more} more are not listed.</Trans>
              </p>
            )}
          </details>
        )}
      </div>
    </li>
  );
}
