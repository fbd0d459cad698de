import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { changeChannel, createChannel } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { Channel, ChannelKinds } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { Field } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { KindFields, settingsOf, type Values, valuesOf } from "./kind-fields";
import { refresh } from "./queries";
import { Words } from "./words";

interface ChannelDialogProps {
  kinds: ChannelKinds;
  /** Null for a new one. */
  channel: Channel | null;
  onClose: () => void;
}

/** Makes a channel, or changes one. */
export function ChannelDialog({ kinds, channel, onClose }: ChannelDialogProps) {
  const [kind, setKind] = useState(channel?.kind ?? kinds.items[0]?.kind ?? "");
  const [values, setValues] = useState<Values>(valuesOf(channel?.settings ?? {}));
  const [privately, setPrivately] = useState(channel?.allow_private ?? false);
  const [words, setWords] = useState({ subject: channel?.subject ?? "", body: channel?.body ?? "" });
  const chosen = kinds.items.find((one) => one.kind === kind);
  const fields = chosen?.fields ?? [];
  const kept = channel?.secrets ?? [];
  const save = useMutation({
    mutationFn: (form: FormData) => {
      const body = {
        name: String(form.get("name")).trim(),
        settings: settingsOf(fields, values, kept),
        allow_private: privately,
        per_minute: Number(form.get("per_minute")),
        digest_minutes: Number(form.get("digest_minutes")),
        ...words,
      };
      return channel === null ? createChannel({ ...body, kind, enabled: true }) : changeChannel(channel.id, body);
    },
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  const problem = save.error === null ? null : asProblem(save.error);
  return (
    <FormDialog
      title={channel === null ? t`Add a channel` : t`Edit ${channel.name}`}
      description={t`Try it with its test button afterwards: that shows the provider's own answer.`}
      problem={problem?.advice ?? null}
      send={channel === null ? t`Add channel` : t`Save`}
      onSend={save.mutate}
      busy={save.isPending}
      onClose={onClose}
    >
      {channel === null && (
        <fieldset className="grid grid-cols-2 gap-2 sm:grid-cols-3">
          <legend className="mb-1.5 font-medium text-sm">
            <Trans>Kind</Trans>
          </legend>
          {kinds.items.map((one) => (
            <label
              key={one.kind}
              className={cn(
                "touch flex items-center rounded-md border border-edge px-3 py-2 hover:bg-raised has-focus-visible:outline-2 has-focus-visible:outline-accent",
                one.kind === kind && "border-accent bg-accent/8 font-medium text-accent hover:bg-accent/8",
              )}
            >
              <input
                type="radio"
                name="kind"
                className="sr-only"
                checked={one.kind === kind}
                onChange={() => {
                  setKind(one.kind);
                  setValues({});
                }}
              />
              {one.title}
            </label>
          ))}
        </fieldset>
      )}
      {chosen !== undefined && <p className="text-muted">{chosen.help}</p>}
      <Field
        label={t`Name`}
        name="name"
        defaultValue={channel?.name ?? ""}
        placeholder={t`what people call it, such as ops-team`}
        autoComplete="off"
        required
        maxLength={128}
        error={problem?.about("name")}
      />
      <KindFields
        fields={fields}
        values={values}
        kept={kept}
        onChange={(name, value) => setValues({ ...values, [name]: value })}
        about={(field) => problem?.about(field)}
      />
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
        <Field
          label={t`Messages a minute`}
          name="per_minute"
          type="number"
          min={1}
          max={600}
          required
          defaultValue={channel?.per_minute ?? 20}
          hint={t`More become one summary.`}
        />
        <Field
          label={t`Digest every … minutes`}
          name="digest_minutes"
          type="number"
          min={0}
          max={1440}
          required
          defaultValue={channel?.digest_minutes ?? 0}
          hint={t`Of what is not critical; 0 sends at once.`}
        />
      </div>
      <label className="touch flex items-start gap-2.5">
        <input
          type="checkbox"
          className="mt-0.5 size-4 accent-accent"
          checked={privately}
          onChange={(event) => setPrivately(event.target.checked)}
        />
        <span>
          <Trans>May reach private networks</Trans>
          <span className="block text-muted text-xs">
            <Trans>For servers of your own, such as 10.0.0.5. Never the hub's own machine.</Trans>
          </span>
        </span>
      </label>
      <Words value={words} defaults={kinds} onChange={setWords} about={(field) => problem?.about(field)} />
    </FormDialog>
  );
}
