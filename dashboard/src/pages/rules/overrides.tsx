import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useEffect, useState } from "react";
import { removeOverride } from "@/api/rules";
import type { AlertRule, RuleOverride } from "@/api/types";
import { Card } from "@/components/card";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { describeAmount, thresholdOf } from "@/lib/rule-words";
import { RemoveDialog } from "@/pages/notifications/remove-dialog";
import { fleet, useMay } from "@/state/session";
import { useSignal } from "@/state/use-signal";
import { OverrideDialog } from "./override-dialog";
import { refreshRules } from "./queries";

interface OverridesProps {
  rule: AlertRule;
  overrides: RuleOverride[];
}

/** What holds for single agents instead of what the rule says. */
export function Overrides({ rule, overrides }: OverridesProps) {
  const operator = useMay("operator");
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<RuleOverride | null>(null);
  useEffect(() => fleet.use(), []);
  const { agents } = useSignal(fleet.view);
  const nameOf = (id: number) => agents.find((one) => one.id === id)?.name ?? t`agent ${id}`;
  const amount = thresholdOf(rule.definition);
  const holdsText = ({ enabled, threshold }: RuleOverride) => {
    if (!enabled) return t`left alone`;
    if (threshold === null) return t`as the rule says`;
    const limit = describeAmount({ ...amount, value: threshold });
    return t`threshold ${limit}`;
  };
  return (
    <Card
      title={t`Exceptions`}
      text={t`Another threshold for one agent, or none at all.`}
      action={
        <RoleTooltip may={operator} needed="operator" what={t`Adding an exception`}>
          <Button size="sm" disabled={!operator} onClick={() => setAdding(true)}>
            <Plus className="size-3.5" aria-hidden />
            <Trans>Add</Trans>
          </Button>
        </RoleTooltip>
      }
    >
      {overrides.length > 0 && (
        <ul aria-label={t`Exceptions`} className="divide-y border-t">
          {overrides.map((one) => (
            <li key={one.agent} className="flex items-center gap-3 px-5 py-2">
              <Link
                to="/agents/$agentId"
                params={{ agentId: String(one.agent) }}
                className="touch flex min-w-0 flex-1 items-center truncate font-medium hover:text-accent"
              >
                {nameOf(one.agent)}
              </Link>
              <span className="tnum text-muted text-xs">{holdsText(one)}</span>
              <Button
                size="sm"
                variant="ghost"
                disabled={!operator}
                aria-label={t`Remove the exception of ${nameOf(one.agent)}`}
                onClick={() => setRemoving(one)}
              >
                <Trans>Remove</Trans>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {adding && <OverrideDialog rule={rule} agents={agents} onClose={() => setAdding(false)} />}
      {removing !== null && (
        <RemoveDialog
          title={t`Let the rule hold for ${nameOf(removing.agent)} as it is?`}
          text={t`From the next second on it is judged as all other agents are.`}
          run={() => removeOverride(rule.id, removing.agent)}
          onDone={refreshRules}
          onClose={() => setRemoving(null)}
        />
      )}
    </Card>
  );
}
