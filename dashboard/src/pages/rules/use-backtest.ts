import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { backtest } from "@/api/rules";
import type { Backtest } from "@/api/types";
import { BACKTEST_RANGES, type BacktestRange } from "@/lib/backtest";
import { hubNow } from "@/lib/clock";
import { type RuleDraft, writtenRule } from "@/lib/rule-draft";

/** What was tried, and what came of it. */
export interface Outcome {
  expression: string;
  group: number | null;
  range: BacktestRange;
  answer: Backtest;
}

/** Tries a rule on history, one run at a time; a run that nobody waits for is ended on the hub, too. */
export function useBacktest(ruleId: number | null) {
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const run = useMutation({
    mutationFn: async ({ draft, range }: { draft: RuleDraft; range: BacktestRange }): Promise<Outcome> => {
      const controller = new AbortController();
      running.current = controller;
      const { expression, severity, group_by } = writtenRule(draft);
      const { group } = draft;
      const seconds = BACKTEST_RANGES.find(({ value }) => value === range)?.seconds ?? 3600;
      const end = hubNow();
      const body = { expression, severity, group_by, group_id: group, rule_id: ruleId, start: end - seconds, end };
      return { expression, group, range, answer: await backtest(body, controller.signal) };
    },
  });
  const stopped = run.error instanceof DOMException && run.error.name === "AbortError";
  return {
    outcome: run.data ?? null,
    busy: run.isPending,
    error: stopped ? null : run.error,
    run: (draft: RuleDraft, range: BacktestRange) => run.mutate({ draft, range }),
    cancel: () => running.current?.abort(),
  };
}
