import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Users } from "lucide-react";
import { useId } from "react";
import { Field } from "@/components/ui/field";
import { batchText, type Rollout } from "@/lib/run-draft";
import { duration } from "@/lib/units";

interface RolloutFieldsProps {
  machines: number;
  rollout: Rollout;
  /** Why a second person has to approve it; empty when nobody has to. */
  approval: string;
  onChange: (rollout: Rollout) => void;
}

const EXPIRIES = [60, 600, 3600, 6 * 3600, 86_400];
const TIMEOUTS = [0, 30, 60, 300, 900, 3600];
const SELECT = "touch h-9 rounded-md border border-edge bg-surface px-2 text-sm max-sm:text-base";
const numberOf = (text: string, least: number, most: number) =>
  Math.min(most, Math.max(least, Math.round(Number(text)) || least));

/** How carefully it goes through the machines, until when, and who else has to agree; rarely needed for one of them. */
export function RolloutFields({ machines, rollout, approval, onChange }: RolloutFieldsProps) {
  const { batch } = rollout;
  const words = [
    ...(machines > 1 ? [batch === null ? t`all at once` : batchText(batch, machines)] : []),
    t`expires after ${{ time: duration(rollout.expires_s) }}`,
    ...(rollout.timeout_s === 0 ? [] : [t`ended after ${{ time: duration(rollout.timeout_s) }}`]),
  ].join(" · ");
  return (
    <>
      {approval !== "" && (
        <p className="flex items-start gap-2 rounded-md bg-warn/10 px-3 py-2">
          <Users className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
          <span>
            <Trans>A second person has to approve it before anything is sent. {approval}</Trans>
          </span>
        </p>
      )}
      <details open={machines > 1} className="rounded-lg border">
        <summary className="touch cursor-pointer px-4 py-2.5">
          <span className="font-medium">
            <Trans>How</Trans>
          </span>{" "}
          <span className="tnum text-muted text-xs">{words}</span>
        </summary>
        <div className="flex flex-col gap-4 border-t px-4 py-3.5">
          {machines > 1 && <BatchFields machines={machines} rollout={rollout} onChange={onChange} />}
          <div className="grid gap-4 sm:grid-cols-2">
            <Choice
              label={t`Not sent any more after`}
              value={rollout.expires_s}
              options={EXPIRIES}
              text={duration}
              onChange={(expires_s) => onChange({ ...rollout, expires_s })}
            />
            <Choice
              label={t`Ended by the machine after`}
              value={rollout.timeout_s}
              options={TIMEOUTS}
              text={(seconds) => (seconds === 0 ? t`what its policy allows` : duration(seconds))}
              onChange={(timeout_s) => onChange({ ...rollout, timeout_s })}
            />
          </div>
          <label className="touch flex items-center gap-2.5">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={rollout.approval}
              onChange={(event) => onChange({ ...rollout, approval: event.target.checked })}
            />
            <Trans>A second person has to approve it first</Trans>
          </label>
        </div>
      </details>
    </>
  );
}

function BatchFields({ machines, rollout, onChange }: Omit<RolloutFieldsProps, "approval">) {
  const batch = rollout.batch ?? { size: machines, pause_s: 0, stop_after: 0 };
  const set = (change: Partial<typeof batch>) => onChange({ ...rollout, batch: { ...batch, ...change } });
  return (
    <div className="grid grid-cols-3 items-end gap-3 max-sm:grid-cols-2">
      <Field
        label={t`Machines at once`}
        type="number"
        className="tnum"
        min={1}
        max={machines}
        value={batch.size}
        onChange={(event) => set({ size: numberOf(event.target.value, 1, 10_000) })}
      />
      <Field
        label={t`Pause between, s`}
        type="number"
        className="tnum"
        min={0}
        max={3600}
        value={batch.pause_s}
        onChange={(event) => set({ pause_s: numberOf(event.target.value, 0, 3600) })}
      />
      <Field
        label={t`Stop after failures`}
        title={t`Runs that did not end well until nothing more is sent; 0 for never`}
        type="number"
        className="tnum"
        min={0}
        max={machines}
        value={batch.stop_after}
        onChange={(event) => set({ stop_after: numberOf(event.target.value, 0, 10_000) })}
      />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: number;
  options: readonly number[];
  text: (value: number) => string;
  onChange: (value: number) => void;
}

function Choice({ label, value, options, text, onChange }: ChoiceProps) {
  const id = useId();
  const all = options.includes(value) ? options : [...options, value].sort((one, other) => one - other);
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      <select id={id} className={SELECT} value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {all.map((one) => (
          <option key={one} value={one}>
            {text(one)}
          </option>
        ))}
      </select>
    </div>
  );
}
