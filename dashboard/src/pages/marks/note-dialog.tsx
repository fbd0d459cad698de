import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { createMark, deleteMark } from "@/api/marks";
import { asProblem } from "@/api/problem";
import { FormDialog } from "@/components/form-dialog";
import { TextArea } from "@/components/text-area";
import { Field } from "@/components/ui/field";
import { hubNow } from "@/lib/clock";
import { fromLocalField, toLocalField } from "@/lib/time";
import { lastDone } from "@/state/done";
import { refreshMarks } from "@/state/marks";

interface NoteDialogProps {
  /** Whom it is about; null for the whole fleet. */
  agent: { id: number; name: string } | null;
  /** Unix seconds. */
  at: number;
  onClose: () => void;
}

/** Notes something at a moment, for everybody who looks at the charts later. */
export function NoteDialog({ agent, at, onClose }: NoteDialogProps) {
  const name = agent?.name ?? "";
  const [opened] = useState(at);
  const make = useMutation({
    mutationFn: (form: FormData) => {
      const time = fromLocalField(String(form.get("time"))) ?? hubNow();
      return createMark({
        title: String(form.get("title")).trim(),
        text: String(form.get("text")).trim(),
        url: String(form.get("url")).trim(),
        kind: "note",
        tags: [],
        time,
        end: time,
        agents: agent === null ? null : [agent.id],
      });
    },
    onSuccess: async ({ id }) => {
      onClose();
      lastDone.set({
        text: t`Noted`,
        undo: async () => {
          await deleteMark(id);
          await refreshMarks();
        },
      });
      await refreshMarks();
    },
  });
  const problem = make.error === null ? null : asProblem(make.error);
  return (
    <FormDialog
      title={agent === null ? t`Note for the whole fleet` : t`Note on ${name}`}
      description={t`A mark on the charts, for everybody who sees them.`}
      className="sm:w-[30rem]"
      problem={problem?.advice ?? null}
      send={t`Add note`}
      sending={t`Adding…`}
      busy={make.isPending}
      onSend={make.mutate}
      onClose={onClose}
    >
      <Field
        label={t`What happened`}
        name="title"
        required
        maxLength={128}
        autoComplete="off"
        placeholder={t`switched to the new database`}
        error={problem?.about("title")}
      />
      <Field
        label={t`When`}
        name="time"
        type="datetime-local"
        step={1}
        required
        defaultValue={toLocalField(opened)}
        error={problem?.about("time")}
      />
      <TextArea label={t`More about it`} name="text" maxLength={2000} rows={3} error={problem?.about("text")} />
      <Field
        label={t({ message: "Link", context: "noun" })}
        name="url"
        type="url"
        pattern="https://.+"
        maxLength={1024}
        autoComplete="off"
        placeholder="https://" // not a text
        error={problem?.about("url")}
      />
    </FormDialog>
  );
}
