import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { changeAgent } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { Field } from "@/components/ui/field";
import { parseTags } from "@/lib/tags";
import { fleet, queryClient } from "@/state/session";
import { agentQuery } from "./agent-query";

export function EditDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const change = useMutation({
    mutationFn: (form: FormData) =>
      changeAgent(agent.id, {
        name: String(form.get("name")).trim(),
        environment: String(form.get("environment")).trim(),
        tags: parseTags(String(form.get("tags"))),
      }),
    onSuccess: (changed) => {
      queryClient.setQueryData(agentQuery(agent.id).queryKey, changed);
      fleet.put(changed);
      onClose();
    },
  });
  const problem = change.error === null ? null : asProblem(change.error);
  const errorOf = (field: string) => problem?.fields.find((one) => one.field.split(".").at(-1) === field)?.detail;
  return (
    <FormDialog
      title={t`Edit ${agent.name}`}
      className="sm:w-[28rem]"
      problem={problem === null || problem.fields.length > 0 ? null : problem.message}
      busy={change.isPending}
      onSend={change.mutate}
      onClose={onClose}
    >
      <Field label={t`Name`} name="name" defaultValue={agent.name} required error={errorOf("name")} />
      <Field
        label={t`Environment`}
        name="environment"
        defaultValue={agent.environment}
        placeholder={t`production`}
        error={errorOf("environment")}
      />
      <Field
        label={t`Tags`}
        name="tags"
        defaultValue={agent.tags.join(", ")}
        hint={t`Separated by commas.`}
        error={errorOf("tags")}
      />
    </FormDialog>
  );
}
