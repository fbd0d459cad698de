import { t } from "@lingui/core/macro";
import { useId } from "react";
import { Field } from "@/components/ui/field";
import { zoneNames } from "@/lib/zone";

const ZONES = zoneNames();

interface ZoneFieldProps {
  value: string;
  onChange: (zone: string) => void;
  error: string | undefined;
}

/** A time zone by its name. */
export function ZoneField({ value, onChange, error }: ZoneFieldProps) {
  const id = useId();
  return (
    <>
      <Field
        label={t`Time zone`}
        list={id}
        required
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        error={error}
      />
      <datalist id={id}>
        {ZONES.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}
