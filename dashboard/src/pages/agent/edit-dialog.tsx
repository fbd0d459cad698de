import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { type AgentChanges, changeAgent } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { parseTags } from "@/lib/tags";
import { fleet, queryClient } from "@/state/session";
import { agentQuery } from "./agent-query";

export function EditDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const change = useMutation({
    mutationFn: (changes: AgentChanges) => changeAgent(agent.id, changes),
    onSuccess: (changed) => {
      queryClient.setQueryData(agentQuery(agent.id).queryKey, changed);
      fleet.put(changed);
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    change.mutate({
      name: String(form.get("name")).trim(),
      environment: String(form.get("environment")).trim(),
      tags: parseTags(String(form.get("tags"))),
    });
  };
  const problem = change.error === null ? null : asProblem(change.error);
  const errorOf = (field: string) => problem?.fields.find((one) => one.field.split(".").at(-1) === field)?.detail;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`Edit ${agent.name}`} className="sm:w-[28rem]">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label="Name" name="name" defaultValue={agent.name} required error={errorOf("name")} />
        <Field
          label="Environment"
          name="environment"
          defaultValue={agent.environment}
          placeholder="production"
          error={errorOf("environment")}
        />
        <Field
          label="Tags"
          name="tags"
          defaultValue={agent.tags.join(", ")}
          hint="Separated by commas."
          error={errorOf("tags")}
        />
        {problem !== null && problem.fields.length === 0 && (
          <p role="alert" className="text-bad">
            {problem.message}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={change.isPending}>
            {change.isPending ? "Saving…" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
