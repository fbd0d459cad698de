import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { asProblem } from "@/api/problem";
import { setOverride } from "@/api/rules";
import type { Agent, AlertRule } from "@/api/types";
import { AgentPicker } from "@/components/agent-picker";
import { FormDialog } from "@/components/form-dialog";
import { Segmented } from "@/components/ui/segmented";
import { bestUnit, fromBase, toBase, unitsOf } from "@/lib/amounts";
import { thresholdOf } from "@/lib/rule-words";
import { refreshRules } from "./queries";

interface OverrideDialogProps {
  rule: AlertRule;
  agents: readonly Agent[];
  onClose: () => void;
}

/** Lets another threshold hold for an agent, or has the rule leave it alone. */
export function OverrideDialog({ rule, agents, onClose }: OverrideDialogProps) {
  const id = useId();
  const amount = thresholdOf(rule.definition);
  const [agent, setAgent] = useState<Agent | null>(null);
  const [what, setWhat] = useState<"threshold" | "off">(amount === null ? "off" : "threshold");
  const units = amount === null ? [] : unitsOf(amount);
  const [unit, setUnit] = useState(() => bestUnit(amount ?? { value: 0 }));
  const [number, setNumber] = useState(() => (amount === null ? "" : String(fromBase(amount.value, unit))));
  const given = number.trim() === "" ? Number.NaN : Number(number);
  const save = useMutation({
    mutationFn: (to: Agent) =>
      setOverride(
        rule.id,
        to.id,
        what === "off" ? { enabled: false } : { threshold: toBase(given, unit), enabled: true },
      ),
    onSuccess: async () => {
      await refreshRules();
      onClose();
    },
  });
  const ready = agent !== null && (what === "off" || Number.isFinite(given));
  return (
    <FormDialog
      title={t`Add an exception`}
      description={t`What holds for one agent instead of what ${rule.name} says.`}
      problem={save.error === null ? null : asProblem(save.error).advice}
      send={t`Add exception`}
      ready={ready}
      onSend={() => agent !== null && save.mutate(agent)}
      busy={save.isPending}
      onClose={onClose}
    >
      <AgentPicker agents={agents} value={agent?.id ?? null} onChange={setAgent} />
      {amount === null ? (
        <p className="text-muted">
          <Trans>A rule of several conditions has no single threshold: it can only leave an agent alone.</Trans>
        </p>
      ) : (
        <div className="flex flex-wrap items-end gap-4">
          <Segmented
            label={t`What holds for it`}
            value={what}
            options={[
              { value: "threshold", label: t`Another threshold` },
              { value: "off", label: t`Leave it alone` },
            ]}
            onChange={setWhat}
          />
          {what === "threshold" && (
            <div className="flex items-center gap-2">
              <label htmlFor={id} className="sr-only">
                <Trans>Threshold</Trans>
              </label>
              <input
                id={id}
                inputMode="decimal"
                className="touch tnum h-9 w-28 rounded-md border border-edge bg-surface px-3 text-sm max-sm:text-base"
                value={number}
                onChange={(event) => setNumber(event.target.value.replace(",", "."))}
              />
              {units.length > 1 ? (
                <select
                  aria-label={t`Unit`}
                  className="touch h-9 rounded-md border border-edge bg-surface px-2 text-sm max-sm:text-base"
                  value={unit.name}
                  onChange={(event) => setUnit(units.find(({ name }) => name === event.target.value) ?? unit)}
                >
                  {units.map(({ name }) => (
                    <option key={name}>{name}</option>
                  ))}
                </select>
              ) : (
                unit.name
              )}
            </div>
          )}
        </div>
      )}
    </FormDialog>
  );
}
