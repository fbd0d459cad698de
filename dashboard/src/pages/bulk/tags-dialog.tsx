import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { CheckMenu } from "@/components/check-menu";
import { FormDialog } from "@/components/form-dialog";
import { MachineNames } from "@/components/machine-names";
import { Field } from "@/components/ui/field";
import { retaggedCount, tagsOf } from "@/lib/bulk";
import { parseTags } from "@/lib/tags";
import { retag } from "./acts";
import { FailedList } from "./failed-list";

interface TagsDialogProps {
  agents: readonly Agent[];
  /** Environments that others have, to choose from. */
  environments: readonly string[];
  onClose: () => void;
}

/** Tags added to and taken from many machines, and one environment for all of them. */
export function TagsDialog({ agents: given, environments, onClose }: TagsDialogProps) {
  // As they were when it was opened: the list behind changes as soon as it is sent.
  const [agents] = useState(given);
  const [adding, setAdding] = useState("");
  const [removing, setRemoving] = useState<string[]>([]);
  const [environment, setEnvironment] = useState("");
  const change = {
    environment: environment.trim() === "" ? null : environment.trim(),
    add: parseTags(adding),
    remove: removing,
  };
  const count = retaggedCount(agents, change);
  const send = useMutation({
    mutationFn: () =>
      retag(
        agents.map(({ id }) => id),
        change,
      ),
    onSuccess: (failed) => failed.length === 0 && onClose(),
  });
  const problem = send.error === null ? null : asProblem(send.error);
  const names = new Map(agents.map(({ id, name }) => [id, name]));
  const asked = change.environment !== null || change.add.length > 0 || change.remove.length > 0;
  return (
    <FormDialog
      title={plural(agents.length, {
        one: "Tags and environment of # machine",
        other: "Tags and environment of # machines",
      })}
      className="sm:w-[34rem]"
      problem={problem?.advice ?? null}
      send={
        count > 0
          ? plural(count, { one: "Change # machine", other: "Change # machines" })
          : t({ message: "Change", context: "verb" })
      }
      sending={t`Changing…`}
      busy={send.isPending}
      ready={count > 0}
      note={
        <p role="status" className="me-auto text-muted text-xs">
          {asked && count === 0 && t`All of them are so already.`}
        </p>
      }
      onSend={() => send.mutate()}
      onClose={onClose}
    >
      {send.data !== undefined && send.data.length > 0 && (
        <FailedList failed={send.data} nameOf={(id) => names.get(id) ?? t`Agent ${id}`} />
      )}
      <MachineNames names={agents.map(({ name }) => name)} />
      <Field
        label={t`Add tags`}
        value={adding}
        onChange={(event) => setAdding(event.target.value)}
        placeholder={t`web, eu`}
        autoComplete="off"
        hint={t`Separated by commas.`}
        error={problem?.fields.find(({ field }) => field.startsWith("add_tags"))?.detail}
      />
      <div className="flex flex-col items-start gap-1.5">
        <span aria-hidden className="font-medium text-sm">
          <Trans>Remove tags</Trans>
        </span>
        <CheckMenu
          label={removing.length === 0 ? t`Choose tags` : t`Remove`}
          options={tagsOf(agents)}
          value={removing}
          onChange={setRemoving}
        />
      </div>
      <Field
        label={t`Environment`}
        value={environment}
        onChange={(event) => setEnvironment(event.target.value)}
        list="bulk-environments"
        placeholder={t`Each keeps its own`}
        autoComplete="off"
        error={problem?.about("environment")}
      />
      <datalist id="bulk-environments">
        {environments.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </FormDialog>
  );
}
