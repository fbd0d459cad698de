import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { bodyOf, saveRule } from "@/api/rules";
import type { AlertRule } from "@/api/types";
import { refreshRules } from "./queries";

/** What was switched, and how it stands now. */
export interface Turned {
  rule: AlertRule;
  /** Alerts that ended because the rule was switched off. */
  ended: number;
}

/** Switches rules on and off, and back. */
export function useTurn() {
  const [turned, setTurned] = useState<Turned | null>(null);
  const turn = useMutation({
    mutationFn: async ({ rule }: { rule: AlertRule; back: boolean }) =>
      saveRule(rule.id, bodyOf(rule, { enabled: !rule.enabled })),
    onSuccess: async (rule, { rule: before, back }) => {
      setTurned(back ? null : { rule, ended: before.enabled ? before.firing : 0 });
      await refreshRules();
    },
    onError: refreshRules,
  });
  return {
    turned,
    busy: turn.isPending,
    error: turn.error,
    turn: (rule: AlertRule) => turn.mutate({ rule, back: false }),
    undo: () => turned !== null && turn.mutate({ rule: turned.rule, back: true }),
    forget: () => setTurned(null),
  };
}
