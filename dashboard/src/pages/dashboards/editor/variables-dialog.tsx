import { select, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { MAX_VARIABLES } from "@/lib/dashboard-search";
import { type DashboardSpec, type DashboardVariable, VARIABLE_KINDS } from "@/lib/dashboard-spec";
import { withoutVariables } from "@/lib/panel-query";
import { MetricPicker } from "@/pages/explore/metric-picker";
import { OptionMenu } from "@/pages/explore/option-menu";
import { metricsQuery } from "@/pages/rules/queries";

const KIND_LABELS: Record<DashboardVariable["kind"], string> = {
  environment: t`Environment`,
  type: t`Type`,
  tag: t`Tag`,
  agent: t`Agent`,
  label: t`Label`,
};
const KIND_OPTIONS = VARIABLE_KINDS.map((value) => ({ value, label: KIND_LABELS[value] }));
const NAME = "[a-z][a-z0-9_]{0,31}";

interface VariablesDialogProps {
  spec: DashboardSpec;
  onApply: (spec: DashboardSpec) => void;
  onClose: () => void;
}

const isWhole = ({ kind, metric, key }: DashboardVariable) => kind !== "label" || (metric !== "" && key !== "");

/** What can be chosen above the panels. */
export function VariablesDialog({ spec, onApply, onClose }: VariablesDialogProps) {
  const [variables, setVariables] = useState(spec.variables);
  const names = variables.map(({ name }) => name);
  const twice = new Set(names).size < names.length;
  const add = () => {
    const kind = VARIABLE_KINDS.find((one) => one !== "label" && !names.includes(one)) ?? "label";
    const name = names.includes(kind) ? `${kind}${variables.length + 1}` : kind;
    setVariables([...variables, { name, kind, label: "", metric: "", key: "" }]);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Variables`}
      description={t`What is chosen at the top goes into the filters of the panels that name it, such as $environment.`}
      className="sm:w-[min(44rem,calc(100vw-2rem))]"
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onApply(
            withoutVariables(
              { ...spec, variables },
              spec.variables.filter(({ name }) => !names.includes(name)),
            ),
          );
        }}
      >
        {variables.map((one, at) => (
          <VariableFields
            // biome-ignore lint/suspicious/noArrayIndexKey: a name changes while it is written
            key={at}
            variable={one}
            fixed={spec.variables.some(({ name, kind }) => name === one.name && kind === one.kind)}
            onChange={(next) => setVariables(variables.with(at, next))}
            onRemove={() => setVariables(variables.toSpliced(at, 1))}
          />
        ))}
        {twice && (
          <p className="text-bad">
            <Trans>Two variables have the same name.</Trans>
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button className="me-auto" disabled={variables.length >= MAX_VARIABLES} onClick={add}>
            <Plus className="size-4" aria-hidden />
            <Trans>Add a variable</Trans>
          </Button>
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" disabled={twice || !variables.every(isWhole)}>
            <Trans>Apply</Trans>
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface VariableFieldsProps {
  variable: DashboardVariable;
  /** Panels may name it: what it is stays as it is. */
  fixed: boolean;
  onChange: (variable: DashboardVariable) => void;
  onRemove: () => void;
}

function VariableFields({ variable, fixed, onChange, onRemove }: VariableFieldsProps) {
  const { name, kind, label, metric, key } = variable;
  const keys = useQuery(metricsQuery).data?.items.find((one) => one.metric === metric)?.labels ?? {};
  return (
    <fieldset className="flex flex-col gap-3 rounded-lg border p-3">
      <legend className="sr-only">
        <Trans>Variable {name}</Trans>
      </legend>
      <div className="flex flex-wrap items-end gap-3">
        <div className="w-40">
          <Field
            label={t`Name`}
            value={name}
            required
            pattern={NAME}
            title={t`Small letters, digits and _`}
            readOnly={fixed}
            onChange={({ target }) => onChange({ ...variable, name: target.value })}
          />
        </div>
        <div className="min-w-0 flex-1 basis-40">
          <Field
            label={t`Shown as`}
            value={label}
            maxLength={256}
            placeholder={name}
            onChange={({ target }) => onChange({ ...variable, label: target.value })}
          />
        </div>
        <Button variant="ghost" size="icon" className="h-9" aria-label={t`Remove variable ${name}`} onClick={onRemove}>
          <Trash2 className="size-4" aria-hidden />
        </Button>
      </div>
      {fixed ? (
        <p className="text-muted text-xs">
          {kind === "label"
            ? t`It chooses ${key} of ${metric}. To choose something else, remove it and add another.`
            : t`It chooses ${select(kind, {
                environment: "an environment",
                type: "a type",
                tag: "a tag",
                other: "an agent",
              })}. To choose something else, remove it and add another.`}
        </p>
      ) : (
        <Segmented
          label={t`What ${name} chooses`}
          value={kind}
          options={KIND_OPTIONS}
          onChange={(next) => onChange({ ...variable, kind: next, metric: "", key: "" })}
          className="max-w-full self-start overflow-x-auto"
        />
      )}
      {kind === "label" && !fixed && (
        <div className="flex flex-wrap items-end gap-3">
          <div className="min-w-0 flex-1 basis-64">
            <MetricPicker
              label={t`Of the metric`}
              value={metric}
              onChange={(next) => onChange({ ...variable, metric: next, key: "" })}
            />
          </div>
          <OptionMenu
            label={t`Label`}
            value={key}
            usual=""
            options={Object.keys(keys).map((one) => ({ value: one, label: one }))}
            onChange={(next) => onChange({ ...variable, key: next })}
          />
        </div>
      )}
    </fieldset>
  );
}
