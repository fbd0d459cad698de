import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { addRetentionRule, changeRetentionRule, type KeptDays } from "@/api/hub";
import { asProblem } from "@/api/problem";
import type { Retention, RetentionRule } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { dayCount } from "@/lib/storage-words";
import { refresh } from "./queries";

const FIELDS = [
  { name: "keep_1s_days", label: t`Every second` },
  { name: "keep_1m_days", label: t`Minutes` },
  { name: "keep_1h_days", label: t`Hours` },
] as const;

interface RuleDialogProps {
  /** Null for a new one. */
  rule: RetentionRule | null;
  defaults: Retention["defaults"];
  onClose: () => void;
}

const daysOf = (form: FormData): KeptDays => {
  const read = (name: string) => (form.get(name) === "" ? null : Number(form.get(name)));
  return {
    keep_1s_days: read("keep_1s_days"),
    keep_1m_days: read("keep_1m_days"),
    keep_1h_days: read("keep_1h_days"),
  };
};

/** For how many days the history of some agents is kept. */
export function RuleDialog({ rule, defaults, onClose }: RuleDialogProps) {
  const [by, setBy] = useState<"environment" | "tag">("environment");
  const save = useMutation({
    mutationFn: (form: FormData) => {
      if (rule !== null) return changeRetentionRule(rule.id, daysOf(form));
      const whose = String(form.get("whose")).trim();
      return addRetentionRule({ ...daysOf(form), ...(by === "tag" ? { tag: whose } : { environment: whose }) });
    },
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  const problem = save.error === null ? null : asProblem(save.error);
  return (
    <FormDialog
      title={rule === null ? t`Keep some for longer or shorter` : t`How long it is kept`}
      description={t`In days. What is left empty follows what else applies.`}
      problem={problem === null ? null : problem.advice}
      busy={save.isPending}
      onSend={save.mutate}
      onClose={onClose}
    >
      {rule === null && (
        <div className="grid items-end gap-3 sm:grid-cols-[auto_minmax(0,1fr)]">
          <Segmented
            label={t`Agents by`}
            value={by}
            options={[
              { value: "environment", label: t`Environment` },
              { value: "tag", label: t`Tag` },
            ]}
            onChange={setBy}
          />
          <Field
            label={by === "tag" ? t`Agents with the tag` : t`Agents of the environment`}
            name="whose"
            placeholder={by === "tag" ? t`lab` : t`production`}
            required
            maxLength={64}
          />
        </div>
      )}
      <div className="grid grid-cols-3 gap-3">
        {FIELDS.map(({ name, label }) => {
          const usual = dayCount(defaults[name]);
          return (
            <Field
              key={name}
              label={label}
              name={name}
              type="number"
              inputMode="numeric"
              min={1}
              max={36_500}
              defaultValue={rule?.[name] ?? ""}
              hint={t`Else ${usual}.`}
              error={problem?.fields.find(({ field }) => field === name)?.detail}
            />
          );
        })}
      </div>
    </FormDialog>
  );
}
