import { t } from "@lingui/core/macro";
import { useState } from "react";

const UNITS = [
  { name: t`minutes`, seconds: 60 },
  { name: t`hours`, seconds: 3600 },
  { name: t`days`, seconds: 86_400 },
] as const;

const INPUT = "touch h-9 rounded-md border border-edge bg-surface px-2 text-sm max-sm:text-base";

interface DurationFieldProps {
  legend?: string;
  /** Seconds. */
  value: number;
  onChange: (seconds: number) => void;
}

/** How long something lasts, in a unit of one's choice. */
export function DurationField({ legend = t`Lasts`, value, onChange }: DurationFieldProps) {
  const [unit, setUnit] = useState<number>(() => UNITS.findLast(({ seconds }) => value % seconds === 0)?.seconds ?? 60);
  const [count, setCount] = useState(String(value / unit));
  const change = (text: string, seconds: number) => {
    setCount(text);
    setUnit(seconds);
    if (Number(text) > 0) onChange(Math.round(Number(text) * seconds));
  };
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium text-sm">{legend}</legend>
      <div className="flex gap-1.5">
        <input
          type="number"
          aria-label={t`How long`}
          className={`${INPUT} tnum w-20`}
          min={1}
          required
          value={count}
          onChange={(event) => change(event.target.value, unit)}
        />
        <select
          aria-label={t`Unit`}
          className={INPUT}
          value={unit}
          onChange={(event) => change(count, Number(event.target.value))}
        >
          {UNITS.map(({ name, seconds }) => (
            <option key={seconds} value={seconds}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </fieldset>
  );
}
