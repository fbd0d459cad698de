import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { writeConfig } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent, AgentConfig } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { Field } from "@/components/ui/field";
import { queryClient } from "@/state/session";
import { CONFIG_KEYS, parseConfig, settingRows } from "./config";
import { configQuery } from "./config-query";

/** Edits what the hub wants; what the machine pins can be written down, but says that it is not followed. */
export function ConfigDialog({ agent, config, onClose }: { agent: Agent; config: AgentConfig; onClose: () => void }) {
  const rows = settingRows(config);
  const save = useMutation({
    mutationFn: (form: FormData) => {
      const texts = Object.fromEntries(CONFIG_KEYS.map(({ key }) => [key, String(form.get(key) ?? "")]));
      const content = parseConfig(texts, config.wanted?.content.paused ?? null);
      return writeConfig(agent.id, content, config.wanted?.version ?? 0, String(form.get("comment")).trim());
    },
    onSuccess: (now) => {
      queryClient.setQueryData(configQuery(agent.id).queryKey, now);
      onClose();
    },
  });
  const problem = save.error === null ? null : asProblem(save.error);
  const errorOf = (key: string) => problem?.fields.find((one) => one.field.includes(key))?.detail;
  return (
    <FormDialog
      title={t`Settings of ${agent.name}`}
      description={t`An empty field is left to the agent.`}
      className="sm:w-[32rem]"
      problem={problem?.message ?? null}
      busy={save.isPending}
      onSend={save.mutate}
      onClose={onClose}
    >
      {CONFIG_KEYS.filter(({ key }) => key !== "paused").map(({ key, label, hint }) => {
        const row = rows.find((one) => one.key === key);
        const value = row?.wanted ?? null;
        return (
          <Field
            key={key}
            name={key}
            label={label}
            inputMode={key.startsWith("collectors") ? "text" : "numeric"}
            pattern={key.startsWith("collectors") ? undefined : "[0-9]*"}
            defaultValue={Array.isArray(value) ? value.join(", ") : value === null ? "" : String(value)}
            hint={row?.pinned === true ? `${hint} ${t`On this machine it is ${{ source: row.source }}.`}` : hint}
            error={errorOf(key)}
          />
        );
      })}
      <Field label={t`Comment`} name="comment" hint={t`Why, for those who read the history.`} maxLength={500} />
    </FormDialog>
  );
}
