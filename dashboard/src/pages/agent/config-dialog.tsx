import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { writeConfig } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent, AgentConfig, ConfigContent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { queryClient } from "@/state/session";
import { CONFIG_KEYS, parseConfig, settingRows } from "./config";
import { configQuery } from "./config-query";

/** Edits what the hub wants; what the machine pins can be written down, but says that it is not followed. */
export function ConfigDialog({ agent, config, onClose }: { agent: Agent; config: AgentConfig; onClose: () => void }) {
  const rows = settingRows(config);
  const save = useMutation({
    mutationFn: ({ content, comment }: { content: ConfigContent; comment: string }) =>
      writeConfig(agent.id, content, config.wanted?.version ?? 0, comment),
    onSuccess: (now) => {
      queryClient.setQueryData(configQuery(agent.id).queryKey, now);
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const texts = Object.fromEntries(CONFIG_KEYS.map(({ key }) => [key, String(form.get(key) ?? "")]));
    const content = parseConfig(texts, config.wanted?.content.paused ?? null);
    save.mutate({ content, comment: String(form.get("comment")).trim() });
  };
  const problem = save.error === null ? null : asProblem(save.error);
  const errorOf = (key: string) => problem?.fields.find((one) => one.field.includes(key))?.detail;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Settings of ${agent.name}`}
      description="An empty field is left to the agent."
      className="sm:w-[32rem]"
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
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
              hint={row?.pinned === true ? `${hint} On this machine it is ${row.source}.` : hint}
              error={errorOf(key)}
            />
          );
        })}
        <Field label="Comment" name="comment" hint="Why, for those who read the history." maxLength={500} />
        {problem !== null && (
          <p role="alert" className="text-bad">
            {problem.message}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={save.isPending}>
            {save.isPending ? "Saving…" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
