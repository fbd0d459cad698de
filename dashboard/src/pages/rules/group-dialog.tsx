import { plural, t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { saveGroup } from "@/api/rules";
import type { RuleGroup } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { Field } from "@/components/ui/field";
import { refreshRules } from "./queries";
import { useCheck } from "./use-check";

interface GroupDialogProps {
  /** Null for a new one. */
  group: RuleGroup | null;
  onClose: () => void;
}

/** A rule about the same agents, which the hub reads to say whether the selector is one and whom it means. */
const PROBE = "absent(agent) on ";

/** Makes a rule group, or changes one. */
export function GroupDialog({ group, onClose }: GroupDialogProps) {
  const [name, setName] = useState(group?.name ?? "");
  const [selector, setSelector] = useState(group?.selector ?? "");
  const [description, setDescription] = useState(group?.description ?? "");
  const everybody = selector.trim() === "";
  const { parsed, pending } = useCheck(everybody ? "absent(agent)" : `${PROBE}${selector}`);
  const mistake = pending || parsed === undefined ? "" : parsed.error;
  const save = useMutation({
    mutationFn: () =>
      saveGroup(group?.id ?? null, {
        ...{ name: name.trim(), selector: selector.trim(), description: description.trim() },
        enabled: group?.enabled ?? true,
        ...(group === null ? {} : { based_on: group.version }),
      }),
    onSuccess: async () => {
      await refreshRules();
      onClose();
    },
    onError: refreshRules,
  });
  const problem = save.error === null ? null : asProblem(save.error);
  const agents = parsed?.matches?.agents;
  return (
    <FormDialog
      title={group === null ? t`Add a rule group` : t`Edit ${group.name}`}
      description={t`Its rules are about its agents only, those that come later too, and are switched together.`}
      problem={problem?.advice ?? null}
      send={group === null ? t`Add group` : t`Save`}
      ready={name.trim() !== "" && mistake === ""}
      onSend={() => save.mutate()}
      busy={save.isPending}
      onClose={onClose}
    >
      <Field
        label={t`Name`}
        required
        maxLength={128}
        autoComplete="off"
        placeholder={t`Web servers`}
        value={name}
        error={problem?.about("name")}
        onChange={(event) => setName(event.target.value)}
      />
      <div className="flex flex-col gap-1.5">
        <Field
          label={t`Agents`}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          className="font-mono"
          placeholder={t`type=web and tag=eu; empty means all agents`}
          value={selector}
          error={mistake === "" ? undefined : placed(mistake, parsed?.position)}
          onChange={(event) => setSelector(event.target.value)}
        />
        <p role="status" className="tnum min-h-4 text-muted text-xs">
          {mistake === "" && agents !== undefined && plural(agents, { one: "# agent now", other: "# agents now" })}
        </p>
      </div>
      <Field
        label={t`Description`}
        maxLength={200}
        autoComplete="off"
        value={description}
        error={problem?.about("description")}
        onChange={(event) => setDescription(event.target.value)}
      />
    </FormDialog>
  );
}

/** A mistake with its place, counted in what was typed and not in the probe. */
function placed(mistake: string, position: number | null | undefined): string {
  if (position == null || position < PROBE.length) return mistake;
  const character = position - PROBE.length + 1;
  return t`${mistake} (at character ${character})`;
}
