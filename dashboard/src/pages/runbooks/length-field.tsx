import { t } from "@lingui/core/macro";
import { useId, useState } from "react";
import { cn } from "@/lib/cn";
import { useEditorContext, useMistake } from "./editor-context";

const UNITS = [
  { name: "s", seconds: 1 },
  { name: "min", seconds: 60 },
  { name: "h", seconds: 3600 },
  { name: "d", seconds: 86_400 },
] as const;
const INPUT =
  "touch h-9 min-w-0 rounded-md border border-edge bg-surface px-2 text-sm disabled:bg-raised aria-invalid:border-bad max-sm:text-base";

interface LengthFieldProps {
  label: string;
  hint?: string;
  path: string;
  /** Seconds. */
  value: number;
  onChange: (seconds: number) => void;
}

const unitOf = (seconds: number): number =>
  UNITS.findLast((unit) => seconds >= unit.seconds && seconds % unit.seconds === 0)?.seconds ?? 1;

/** A length of time, in a unit of one's choice. */
export function LengthField({ label, hint, path, value, onChange }: LengthFieldProps) {
  const id = useId();
  const { readOnly } = useEditorContext();
  const mistake = useMistake(path);
  const note = mistake ?? hint;
  const [chosen, setChosen] = useState<number | null>(null);
  // What is being typed stays as it is typed; else the field says what holds.
  const [typed, setTyped] = useState<string | null>(null);
  const unit = chosen ?? unitOf(value);
  const text = typed ?? String(value / unit);
  const change = (next: string, size: number) => {
    setTyped(next);
    setChosen(size);
    if (next !== "" && Number(next) >= 0) onChange(Math.round(Number(next) * size));
  };
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      <div className="flex gap-1.5">
        <input
          id={id}
          type="number"
          min={0}
          className={cn(INPUT, "tnum w-full")}
          disabled={readOnly}
          aria-invalid={mistake !== undefined}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          value={text}
          onChange={(event) => change(event.target.value, unit)}
          onBlur={() => setTyped(null)}
        />
        <select
          aria-label={t`${label}: unit`}
          className={cn(INPUT, "shrink-0")}
          disabled={readOnly}
          value={unit}
          onChange={(event) => {
            change(text, Number(event.target.value));
            setTyped(null);
          }}
        >
          {UNITS.map(({ name, seconds }) => (
            <option key={name} value={seconds}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {note !== undefined && (
        <p id={`${id}-note`} className={cn("text-xs", mistake === undefined ? "text-muted" : "text-bad")}>
          {note}
        </p>
      )}
    </div>
  );
}

interface CountFieldProps {
  label: string;
  path: string;
  value: number;
  onChange: (count: number) => void;
}

/** A whole number. */
export function CountField({ label, path, value, onChange }: CountFieldProps) {
  const id = useId();
  const { readOnly } = useEditorContext();
  const mistake = useMistake(path);
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      <input
        id={id}
        type="number"
        min={1}
        className={cn(INPUT, "tnum w-full")}
        disabled={readOnly}
        aria-invalid={mistake !== undefined}
        aria-describedby={mistake === undefined ? undefined : `${id}-note`}
        value={Number.isFinite(value) ? value : ""}
        onChange={(event) => onChange(Math.round(Number(event.target.value)))}
      />
      {mistake !== undefined && (
        <p id={`${id}-note`} className="text-bad text-xs">
          {mistake}
        </p>
      )}
    </div>
  );
}
