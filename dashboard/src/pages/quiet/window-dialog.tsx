import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { deleteWindow, saveWindow, type WindowBody } from "@/api/quiet";
import type { MaintenanceWindow, Matcher } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { Field } from "@/components/ui/field";
import { hubNow } from "@/lib/clock";
import { readRepeat, writeRepeat } from "@/lib/recurrence";
import { toLocalField } from "@/lib/time";
import { shownZone } from "@/lib/zone";
import { refreshAlerting } from "@/state/alerting";
import { lastDone } from "@/state/done";
import { DurationField } from "./duration-field";
import { type Chosen, MatcherFields, NOBODY } from "./matcher-fields";
import { Occurrences } from "./occurrences";
import { RepeatField } from "./repeat-field";
import { ZoneField } from "./zone-field";

interface WindowDialogProps {
  /** Null for a new one. */
  window: MaintenanceWindow | null;
  /** What a new one is about: these agents only, where there are any. */
  chosen?: Chosen;
  onSaved?: () => void;
  onClose: () => void;
}

/** What the hub takes to make a window like this one. */
export function bodyOf({
  name,
  matchers,
  agents,
  starts_local,
  zone,
  duration_s,
  rrule,
  comment,
}: MaintenanceWindow): WindowBody {
  return { name, matchers, agents, starts_local, zone, duration_s, rrule, comment };
}

async function takeBack(id: number): Promise<void> {
  await deleteWindow(id);
  await refreshAlerting();
}

/** Plans work, or changes what was planned. */
export function WindowDialog({ window, chosen: given = NOBODY, onSaved, onClose }: WindowDialogProps) {
  const [chosen] = useState(() => (window === null ? given : { agents: window.agents, names: window.agent_names }));
  const [matchers, setMatchers] = useState<readonly Matcher[]>(
    window?.matchers ?? (chosen.agents.length > 0 ? [] : [{ key: "agent", op: "=", value: "" }]),
  );
  // The next full hour; the seconds of a window that a program made are not for people.
  const [starts, setStarts] = useState(
    () => window?.starts_local.slice(0, 16) ?? toLocalField(Math.ceil(hubNow() / 3600) * 3600).slice(0, 16),
  );
  const [zone, setZone] = useState(window?.zone ?? shownZone());
  const [seconds, setSeconds] = useState(window?.duration_s ?? 3600);
  const [repeat, setRepeat] = useState(() => readRepeat(window?.rrule ?? ""));
  const times = { starts_local: starts, zone, duration_s: seconds, rrule: writeRepeat(repeat) };
  const save = useMutation({
    mutationFn: (form: FormData) =>
      saveWindow(window?.id ?? null, {
        ...times,
        name: String(form.get("name")).trim(),
        comment: String(form.get("comment")).trim(),
        matchers: [...matchers],
        agents: [...chosen.agents],
      }),
    onSuccess: async ({ id, name }) => {
      if (window === null) lastDone.set({ text: t`${name} is planned`, undo: () => takeBack(id) });
      await refreshAlerting();
      onSaved?.();
      onClose();
    },
  });
  const problem = save.error === null ? null : asProblem(save.error);
  return (
    <FormDialog
      title={window === null ? t`New maintenance window` : t`Edit ${window.name}`}
      description={t`While it is open nobody is told of these alerts, and the agents show that they are being worked on.`}
      className="sm:w-[42rem]"
      problem={problem?.advice ?? null}
      onSend={save.mutate}
      busy={save.isPending}
      onClose={onClose}
    >
      <Field
        label={t`Name`}
        name="name"
        required
        maxLength={128}
        autoComplete="off"
        placeholder={t`patches`}
        defaultValue={window?.name ?? ""}
        error={problem?.about("name")}
      />
      <MatcherFields value={matchers} onChange={setMatchers} chosen={chosen} error={problem?.about("matchers")} />
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto]">
        <Field
          label={t`Begins first`}
          type="datetime-local"
          required
          value={starts}
          onChange={(event) => setStarts(event.target.value)}
          error={problem?.about("starts_local")}
        />
        <ZoneField value={zone} onChange={setZone} error={problem?.about("zone")} />
        <DurationField value={seconds} onChange={setSeconds} />
      </div>
      <RepeatField value={repeat} onChange={setRepeat} starts={starts} />
      <Occurrences times={times} />
      <Field
        label={t`Comment`}
        name="comment"
        maxLength={256}
        autoComplete="off"
        defaultValue={window?.comment ?? ""}
      />
    </FormDialog>
  );
}
