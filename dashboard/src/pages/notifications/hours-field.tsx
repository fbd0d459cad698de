import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Field } from "@/components/ui/field";
import { WEEKDAYS } from "@/lib/routing";
import { shownZone } from "@/lib/zone";

export interface Hours {
  time_zone: string;
  weekdays: number[];
  begins: string;
  ends: string;
}

const OFFICE = { weekdays: [1, 2, 3, 4, 5], begins: "09:00", ends: "17:00" };

interface HoursFieldProps {
  value: Hours | null;
  onChange: (hours: Hours | null) => void;
  error: string | undefined;
}

/** Times of the week, or always. */
export function HoursField({ value, onChange, error }: HoursFieldProps) {
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="sr-only">
        <Trans>Times</Trans>
      </legend>
      <label className="touch flex items-center gap-2.5">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={value !== null}
          onChange={(event) => onChange(event.target.checked ? { ...OFFICE, time_zone: shownZone() } : null)}
        />
        <Trans>Only at some times of the week</Trans>
      </label>
      {value !== null && (
        <div className="flex flex-col gap-3 rounded-md border border-edge p-3">
          <div className="flex flex-wrap gap-x-4 gap-y-1">
            {WEEKDAYS.map((day) => (
              <label key={day.value} className="touch flex items-center gap-2">
                <input
                  type="checkbox"
                  className="size-4 accent-accent"
                  checked={value.weekdays.includes(day.value)}
                  onChange={(event) =>
                    onChange({
                      ...value,
                      weekdays: event.target.checked
                        ? [...value.weekdays, day.value].sort((a, b) => a - b)
                        : value.weekdays.filter((one) => one !== day.value),
                    })
                  }
                />
                {day.label}
              </label>
            ))}
          </div>
          <div className="grid gap-3 sm:grid-cols-[7.5rem_7.5rem_minmax(0,1fr)]">
            <Field
              label={t({ message: "From", context: "time" })}
              type="time"
              required
              value={value.begins}
              onChange={(event) => onChange({ ...value, begins: event.target.value })}
            />
            <Field
              label={t`Until`}
              type="time"
              required
              value={value.ends}
              onChange={(event) => onChange({ ...value, ends: event.target.value })}
            />
            <Field
              label={t`Time zone`}
              required
              value={value.time_zone}
              error={error}
              onChange={(event) => onChange({ ...value, time_zone: event.target.value })}
            />
          </div>
          <p className="text-muted text-xs">
            <Trans>An end that is not after the begin is on the next day.</Trans>
          </p>
        </div>
      )}
    </fieldset>
  );
}
