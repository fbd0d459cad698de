import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMemo } from "react";
import type { RecordedEvent, RecordedLook } from "@/api/types";
import { cn } from "@/lib/cn";
import { coresUsed, gravestByLook, type Severity } from "@/lib/recording";
import { formatInstant } from "@/lib/time";
import { formatValue } from "@/lib/units";

interface RecorderTimelineProps {
  looks: readonly RecordedLook[];
  events: readonly RecordedEvent[];
  /** The number of the look that is shown. */
  at: number;
  onChange: (at: number) => void;
}

const COLORS: Record<Severity, string> = {
  unspecified: "bg-edge",
  info: "bg-edge",
  warning: "bg-warn",
  critical: "bg-bad",
};

/** A slider over the looks of a recording, below the CPU that they used and marks where something happened. */
export function RecorderTimeline({ looks, events, at, onChange }: RecorderTimelineProps) {
  const gravest = useMemo(() => gravestByLook(looks, events), [looks, events]);
  const cores = useMemo(() => coresUsed(looks), [looks]);
  const top = Math.max(...cores, 0.01);
  const first = looks[0]?.time ?? 0;
  const last = looks.at(-1)?.time ?? 0;
  const used = formatValue(cores[at] ?? 0, "%");
  return (
    <div className="border-b px-3.5 pb-2">
      <div aria-hidden className="mb-1 flex h-1.5 gap-px">
        {looks.map(({ time }, number) => {
          const severity = gravest[number] ?? null;
          return <span key={time} className={cn("min-w-0 flex-1 rounded-full", severity && COLORS[severity])} />;
        })}
      </div>
      <div aria-hidden className={cn("flex h-12 items-end", looks.length <= 100 && "gap-px")}>
        {looks.map(({ time }, number) => (
          <span
            key={time}
            className={cn("min-w-0 flex-1 rounded-t-[1px]", number === at ? "bg-accent" : "bg-c1/35")}
            style={{ height: `${Math.max(3, (100 * (cores[number] ?? 0)) / top)}%` }}
          />
        ))}
      </div>
      <input
        type="range"
        min={0}
        max={Math.max(0, looks.length - 1)}
        value={at}
        aria-label={t`Recorded moment`}
        aria-valuetext={t`${{ moment: formatInstant(looks[at]?.time ?? 0, 0) }}, ${used} of a core used`}
        onChange={(event) => onChange(Number(event.target.value))}
        className="touch block w-full accent-accent"
      />
      <p className="tnum flex justify-between text-muted text-xs">
        <span>{formatInstant(first, 0)}</span>
        <span>
          <Trans>{used} of a core</Trans>
        </span>
        <span>{formatInstant(last, 0)}</span>
      </p>
    </div>
  );
}
