import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { History, Loader } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { asProblem } from "@/api/problem";
import { Card } from "@/components/card";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { BACKTEST_RANGES, type BacktestRange } from "@/lib/backtest";
import type { RuleDraft } from "@/lib/rule-draft";
import { useBacktest } from "./use-backtest";

// Its charts come when a first answer does.
const BacktestResult = lazy(() => import("./backtest-result").then((module) => ({ default: module.BacktestResult })));

interface BacktestProps {
  /** The stored rule, whose exceptions hold; null for one that is new. */
  ruleId: number | null;
  draft: RuleDraft;
  /** The expression can be read. */
  usable: boolean;
}

/** What the rule as it stands in the form would have done over the history that is there. */
export function Backtest({ ruleId, draft, usable }: BacktestProps) {
  const [range, setRange] = useState<BacktestRange>("24h");
  const { outcome, busy, error, run, cancel } = useBacktest(ruleId);
  return (
    <Card
      title={t`Try it on history`}
      text={t`The very engine that runs live replays what is stored. Nobody is told of anything.`}
      action={
        <div className="flex flex-wrap items-center gap-2">
          <Segmented label={t`How far back`} value={range} options={BACKTEST_RANGES} onChange={setRange} />
          {busy ? (
            <Button onClick={cancel}>
              <Loader className="size-4 animate-spin" aria-hidden />
              <Trans>Cancel</Trans>
            </Button>
          ) : (
            <Button disabled={!usable} onClick={() => run(draft, range)}>
              <History className="size-4" aria-hidden />
              <Trans>Run backtest</Trans>
            </Button>
          )}
        </div>
      }
    >
      <div role="status" className="flex flex-col gap-4 px-5 pb-5 empty:hidden">
        {busy && (
          <p className="text-muted">
            <Trans>Replaying history…</Trans>
          </p>
        )}
        {error !== null && <FormProblem text={asProblem(error).advice} />}
        {outcome !== null && !busy && (
          <>
            {(outcome.expression !== draft.expression || outcome.group !== draft.group) && (
              <p className="text-warn text-xs">
                <Trans>The rule was changed since; this is about what it said before.</Trans>
              </p>
            )}
            <Suspense>
              <BacktestResult key={`${outcome.answer.start}-${outcome.expression}`} outcome={outcome} />
            </Suspense>
          </>
        )}
      </div>
    </Card>
  );
}
