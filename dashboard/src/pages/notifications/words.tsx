import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { ChannelKinds } from "@/api/types";
import { TextArea } from "@/components/text-area";
import { Field } from "@/components/ui/field";

interface WordsValue {
  subject: string;
  body: string;
}

interface WordsProps {
  value: WordsValue;
  defaults: ChannelKinds;
  onChange: (value: WordsValue) => void;
  about: (field: string) => string | undefined;
}

/** A channel's own words; empty ones are the hub's. */
export function Words({ value, defaults, onChange, about }: WordsProps) {
  const placeholders = defaults.placeholders.join(", ");
  return (
    <details className="group rounded-md border border-edge">
      <summary className="touch cursor-pointer rounded-md px-3 py-2 font-medium hover:bg-raised">
        <Trans>Own words</Trans>
      </summary>
      <div className="flex flex-col gap-3 px-3 pb-3">
        <Field
          label={t`Subject`}
          className="font-mono text-xs"
          placeholder={defaults.subject}
          maxLength={500}
          value={value.subject}
          error={about("subject")}
          onChange={(event) => onChange({ ...value, subject: event.target.value })}
        />
        <TextArea
          label={t`Text`}
          className="font-mono text-xs"
          rows={6}
          placeholder={defaults.body}
          maxLength={4000}
          value={value.body}
          hint={t`Placeholders: ${placeholders}. Lines whose placeholders are empty are left out.`}
          error={about("body")}
          onChange={(event) => onChange({ ...value, body: event.target.value })}
        />
      </div>
    </details>
  );
}
