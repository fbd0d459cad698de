import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { RecordedEvent } from "@/api/types";
import { cn } from "@/lib/cn";
import type { Severity } from "@/lib/recording";
import { formatInstant } from "@/lib/time";

interface RecorderEventsProps {
  events: readonly RecordedEvent[];
  leftOut: number;
  /** Those in this time (Unix seconds), the begin left out, are marked. */
  from: number;
  to: number;
  onChoose: (time: number) => void;
}

/** What the kernel wrote and how units changed; press a time to see the processes then. */
export function RecorderEvents({ events, leftOut, from, to, onChoose }: RecorderEventsProps) {
  return (
    <div className="border-t">
      <h3 className="px-3.5 pt-3 pb-1 font-medium">
        <Trans>What happened</Trans>
      </h3>
      {events.length === 0 ? (
        <p className="px-3.5 pb-3 text-muted">
          <Trans>
            The kernel wrote nothing, and no systemd unit changed. The agent tells of both where its machine has them.
          </Trans>
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it
        <section className="max-h-72 overflow-auto pb-1.5" tabIndex={0} aria-label={t`Recorded events`}>
          <ol>
            {events.map((one, number) => (
              <li
                // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes, and alike events are many
                key={number}
                className={cn(
                  "flex items-start gap-x-2.5 px-3.5 py-1 text-xs max-sm:flex-wrap max-sm:items-center",
                  one.time > from && one.time <= to && "bg-raised/60",
                )}
              >
                <Mark severity={one.severity} />
                <button
                  type="button"
                  className="touch tnum shrink-0 text-accent hover:underline"
                  title={t`Show the processes at this moment`}
                  onClick={() => onChoose(one.time)}
                >
                  {formatInstant(one.time, 0)}
                </button>
                <span className="max-w-64 truncate text-muted" title={sourceOf(one)}>
                  {sourceOf(one)}
                </span>
                <p className="min-w-0 break-words max-sm:basis-full max-sm:pb-1 sm:flex-1">{one.text}</p>
              </li>
            ))}
          </ol>
        </section>
      )}
      {leftOut > 0 && (
        <p className="px-3.5 pb-3 text-muted text-xs">
          <Plural
            value={leftOut}
            one="# more event was too many for a minute; the agent keeps the first."
            other="# more events were too many for a minute; the agent keeps the first."
          />
        </p>
      )}
    </div>
  );
}

function sourceOf({ kind, attributes }: RecordedEvent): string {
  if (kind === "kernel.message") return "kernel";
  return attributes.unit ?? kind;
}

function Mark({ severity }: { severity: Severity }) {
  const style = "mt-px size-3.5 shrink-0";
  if (severity === "critical") return <CircleAlert className={cn(style, "text-bad")} aria-label={t`critical`} />;
  if (severity === "warning") return <TriangleAlert className={cn(style, "text-warn")} aria-label={t`warning`} />;
  return <Info className={cn(style, "text-muted")} aria-label={t`info`} />;
}
