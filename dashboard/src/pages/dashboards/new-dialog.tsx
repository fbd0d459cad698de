import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { FormDialog } from "@/components/form-dialog";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { EMPTY_SPEC } from "@/lib/dashboard-spec";
import { TEMPLATES } from "@/lib/dashboard-templates";
import { useCreate } from "./use-dashboard-acts";

const BEGINNINGS = [
  { value: "empty", label: t`Empty` },
  ...TEMPLATES.map(({ id, name }) => ({ value: id, label: name })),
];

/** Asks how a new dashboard is called and what it begins with. */
export function NewDialog({ onClose }: { onClose: () => void }) {
  const [beginning, setBeginning] = useState("empty");
  const create = useCreate();
  const template = TEMPLATES.find(({ id }) => id === beginning);
  return (
    <FormDialog
      title={t`New dashboard`}
      problem={create.error === null ? null : asProblem(create.error).advice}
      send={t`Create`}
      sending={t`Creating…`}
      busy={create.isPending}
      onClose={onClose}
      onSend={(form) => {
        const { text = "", spec = EMPTY_SPEC } = template ?? {};
        const content = { name: String(form.get("name")).trim(), description: text, spec };
        create.mutate({ content, edit: true });
      }}
    >
      <Field
        label={t`Name`}
        name="name"
        required
        maxLength={128}
        autoFocus
        defaultValue={template?.name}
        key={beginning}
      />
      <div className="flex flex-col gap-1.5">
        <p className="font-medium text-sm">
          <Trans>Begin with</Trans>
        </p>
        <Segmented
          label={t`Begin with`}
          value={beginning}
          options={BEGINNINGS}
          onChange={setBeginning}
          className="max-w-full overflow-x-auto"
        />
        <p className="text-muted text-xs">{template?.text ?? t`No panels yet; you add them one by one.`}</p>
      </div>
    </FormDialog>
  );
}
