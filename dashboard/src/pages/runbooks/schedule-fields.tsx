import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Field } from "@/components/ui/field";
import { readRepeat, writeRepeat } from "@/lib/recurrence";
import { Occurrences } from "@/pages/quiet/occurrences";
import { RepeatField } from "@/pages/quiet/repeat-field";
import { ZoneField } from "@/pages/quiet/zone-field";
import { useEditorContext, useMistake } from "./editor-context";
import type { TriggerProps } from "./triggers-field";

/** Long enough to be shown, and of no matter: only when it begins counts. */
const SHOWN_S = 60;

/** When a runbook is run by the clock. */
export function ScheduleFields({ value, path, onChange }: TriggerProps<"schedule">) {
  const { readOnly } = useEditorContext();
  const schedule = useMistake(`${path}.schedule`);
  const { starts, zone, rrule } = value;
  return (
    <fieldset disabled={readOnly} className="flex flex-col gap-4">
      <legend className="sr-only">
        <Trans>When</Trans>
      </legend>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t`Begins first`}
          type="datetime-local"
          value={starts.slice(0, 16)}
          error={useMistake(`${path}.starts`)}
          onChange={(event) => onChange({ ...value, starts: event.target.value })}
        />
        <ZoneField
          value={zone}
          error={useMistake(`${path}.zone`)}
          onChange={(next) => onChange({ ...value, zone: next })}
        />
      </div>
      <RepeatField
        value={readRepeat(rrule)}
        starts={starts.slice(0, 16)}
        onChange={(repeat) => onChange({ ...value, rrule: writeRepeat(repeat) })}
      />
      {schedule !== undefined && <p className="text-bad text-xs">{schedule}</p>}
      <Occurrences times={{ starts_local: starts.slice(0, 16), zone, duration_s: SHOWN_S, rrule }} />
    </fieldset>
  );
}
