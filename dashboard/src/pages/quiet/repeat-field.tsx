import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { type ReactNode, useId } from "react";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { cn } from "@/lib/cn";
import { DAYS, type Day, NTHS, type Nth, type Repeat, writeRepeat } from "@/lib/recurrence";

const KINDS = [
  { value: "once", label: t`Once` },
  { value: "daily", label: t`Daily` },
  { value: "weekly", label: t`Weekly` },
  { value: "monthly", label: t`Monthly` },
  { value: "rule", label: t({ message: "Other", context: "repetition" }) },
] as const;
type Kind = (typeof KINDS)[number]["value"];

const INPUT = "touch h-9 rounded-md border border-edge bg-surface px-2 text-sm max-sm:text-base";

interface RepeatFieldProps {
  value: Repeat;
  onChange: (repeat: Repeat) => void;
  /** When it begins first, as of a `datetime-local` field: what new choices begin with. */
  starts: string;
}

/** How something recurs, in what people say; what that cannot say is written as a rule. */
export function RepeatField({ value, onChange, starts }: RepeatFieldProps) {
  const kind: Kind = value.kind === "monthday" || value.kind === "weekday" ? "monthly" : value.kind;
  const first = new Date(`${starts}:00Z`);
  const day: Day = DAYS[(first.getUTCDay() + 6) % 7]?.value ?? "MO";
  const date = first.getUTCDate() || 1;
  const choose = (next: Kind) => {
    if (next === "once") onChange({ kind: "once" });
    if (next === "daily") onChange({ kind: "daily", every: 1 });
    if (next === "weekly") onChange({ kind: "weekly", every: 1, days: [day] });
    if (next === "monthly") onChange({ kind: "monthday", day: date });
    if (next === "rule") onChange({ kind: "rule", text: writeRepeat(value) || "FREQ=YEARLY" });
  };
  return (
    <fieldset className="flex flex-col items-start gap-3">
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>Repeats</Trans>
      </legend>
      <Segmented label={t`Repeats`} value={kind} options={KINDS} onChange={choose} className="max-w-full flex-wrap" />
      {(value.kind === "daily" || value.kind === "weekly") && <Interval value={value} onChange={onChange} />}
      {value.kind === "weekly" && <Weekdays value={value.days} onChange={(days) => onChange({ ...value, days })} />}
      {kind === "monthly" && <Monthly value={value} onChange={onChange} date={date} day={day} />}
      {value.kind === "rule" && (
        <div className="w-full">
          <Field
            label={t`Rule (RFC 5545)`}
            className="font-mono"
            value={value.text}
            maxLength={512}
            spellCheck={false}
            onChange={(event) => onChange({ kind: "rule", text: event.target.value })}
          />
        </div>
      )}
    </fieldset>
  );
}

interface IntervalProps {
  value: Extract<Repeat, { kind: "daily" | "weekly" }>;
  onChange: (repeat: Repeat) => void;
}

function Interval({ value, onChange }: IntervalProps) {
  const id = useId();
  const { every } = value;
  const field = (
    <input
      id={id}
      type="number"
      className={`${INPUT} tnum w-16`}
      min={1}
      max={52}
      value={every}
      onChange={(event) => onChange({ ...value, every: Math.max(1, Number(event.target.value)) })}
    />
  );
  return (
    <label htmlFor={id} className="flex items-center gap-2">
      {value.kind === "daily" ? (
        <Trans>
          Every {field} <Plural value={every} one="day" other="days" />
        </Trans>
      ) : (
        <Trans>
          Every {field} <Plural value={every} one="week" other="weeks" />
        </Trans>
      )}
    </label>
  );
}

function Weekdays({ value, onChange }: { value: readonly Day[]; onChange: (days: Day[]) => void }) {
  return (
    <fieldset className="flex flex-wrap gap-1">
      <legend className="sr-only">
        <Trans>Days of the week</Trans>
      </legend>
      {DAYS.map(({ value: one, label }) => {
        const on = value.includes(one);
        return (
          <label
            key={one}
            className={cn(
              "touch grid h-8 cursor-pointer place-items-center rounded-md border border-edge px-2.5 text-xs hover:bg-raised has-focus-visible:outline-2 has-focus-visible:outline-accent",
              on && "border-accent bg-accent/10 font-medium text-accent",
            )}
          >
            <input
              type="checkbox"
              className="sr-only"
              checked={on}
              onChange={() => onChange(on ? value.filter((each) => each !== one) : [...value, one])}
            />
            {label}
          </label>
        );
      })}
    </fieldset>
  );
}

interface MonthlyProps {
  value: Repeat;
  onChange: (repeat: Repeat) => void;
  date: number;
  day: Day;
}

function Monthly({ value, onChange, date, day }: MonthlyProps) {
  const nth: Nth = NTHS[Math.min(4, Math.ceil(date / 7)) - 1]?.value ?? 1;
  return (
    <div className="flex flex-col gap-2">
      <Choice
        label={t`On a date`}
        checked={value.kind === "monthday"}
        onChoose={() => onChange({ kind: "monthday", day: date })}
      >
        <Trans>On day</Trans>
        <input
          type="number"
          aria-label={t`Day of the month`}
          className={`${INPUT} tnum w-16`}
          min={1}
          max={31}
          value={value.kind === "monthday" ? value.day : date}
          onChange={(event) => onChange({ kind: "monthday", day: Number(event.target.value) })}
        />
      </Choice>
      <Choice
        label={t`On a weekday`}
        checked={value.kind === "weekday"}
        onChoose={() => onChange({ kind: "weekday", nth, day })}
      >
        <Trans>On the</Trans>
        <select
          aria-label={t`Which one`}
          className={INPUT}
          value={value.kind === "weekday" ? value.nth : nth}
          onChange={(event) =>
            onChange({
              kind: "weekday",
              nth: Number(event.target.value) as Nth,
              day: value.kind === "weekday" ? value.day : day,
            })
          }
        >
          {NTHS.map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </select>
        <select
          aria-label={t`Day of the week`}
          className={INPUT}
          value={value.kind === "weekday" ? value.day : day}
          onChange={(event) =>
            onChange({
              kind: "weekday",
              nth: value.kind === "weekday" ? value.nth : nth,
              day: event.target.value as Day,
            })
          }
        >
          {DAYS.map((one) => (
            <option key={one.value} value={one.value}>
              {one.name}
            </option>
          ))}
        </select>
      </Choice>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  checked: boolean;
  onChoose: () => void;
  children: ReactNode;
}

function Choice({ label, checked, onChoose, children }: ChoiceProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <input
        type="radio"
        name="monthly"
        aria-label={label}
        className="size-4 accent-accent"
        checked={checked}
        onChange={onChoose}
      />
      {children}
    </div>
  );
}
