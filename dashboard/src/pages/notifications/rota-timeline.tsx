import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ArrowLeftRight } from "lucide-react";
import type { CSSProperties } from "react";
import type { Rota, Shift } from "@/api/types";
import { cn } from "@/lib/cn";
import { formatDay, formatDayAndMinute } from "@/lib/time";
import { placeIn, type Span } from "@/lib/timeline";

/** The colours of people in the order of the rota; the name stands in each shift. */
const TINTS = [
  "border-c1 bg-c1/14",
  "border-c2 bg-c2/14",
  "border-c3 bg-c3/14",
  "border-c4 bg-c4/14",
  "border-c5 bg-c5/14",
  "border-c6 bg-c6/14",
  "border-c7 bg-c7/14",
];

const percent = (share: number) => `${(share * 100).toFixed(3)}%`;

/** "Mon, 30 Nov, 09:00 to Mon, 7 Dec, 09:00". */
export function spanText({ begins, ends }: Span): string {
  const [from, until] = [formatDayAndMinute(begins), formatDayAndMinute(ends)];
  return t`${from} to ${until}`;
}

interface RotaTimelineProps {
  rota: Rota;
  shifts: readonly Shift[];
  /** Midnights of the days that are shown, and of the day after them. */
  days: readonly number[];
  now: number;
  /** Null for those who may not. */
  onSwap: ((span: Span) => void) | null;
}

/** Shifts on a line of time; on a phone one below the other. */
export function RotaTimeline({ rota, shifts, days, now, onSwap }: RotaTimelineProps) {
  const window = { begins: days[0] ?? 0, ends: days.at(-1) ?? 0 };
  return (
    <div dir="ltr">
      <div aria-hidden className="relative mb-1 h-8 text-2xs text-muted max-sm:hidden">
        {days.slice(0, -1).map((midnight, at) => {
          const place = placeIn({ begins: midnight, ends: days[at + 1] ?? midnight }, window);
          const { weekday, day } = formatDay(midnight);
          return (
            <span
              key={midnight}
              className="absolute inset-y-0 border-line border-s ps-1.5 leading-4"
              style={{ left: percent(place?.left ?? 0), width: percent(place?.width ?? 0) }}
            >
              {weekday}
              <span className={cn("tnum block", at === 0 && "font-semibold text-text")}>{day}</span>
            </span>
          );
        })}
      </div>
      <ol aria-label={t`Shifts of ${rota.name}`} className="relative sm:h-11">
        {shifts.map((shift) => (
          <ShiftItem
            key={shift.begins}
            shift={shift}
            tint={TINTS[rota.members.findIndex(({ name }) => name === shift.name) % TINTS.length] ?? ""}
            swapped={rota.overrides.some(
              ({ name, begins, ends }) => name === shift.name && begins <= shift.begins && shift.begins < ends,
            )}
            window={window}
            now={now}
            onSwap={onSwap}
          />
        ))}
        <li aria-hidden className="max-sm:hidden">
          <span
            className="absolute -inset-y-1 w-0.5 rounded-full bg-bad"
            style={{ left: percent(placeIn({ begins: now, ends: window.ends }, window)?.left ?? 0) }}
          />
        </li>
      </ol>
    </div>
  );
}

interface ShiftItemProps {
  shift: Shift;
  tint: string;
  swapped: boolean;
  window: Span;
  now: number;
  onSwap: ((span: Span) => void) | null;
}

function ShiftItem({ shift, tint, swapped, window, now, onSwap }: ShiftItemProps) {
  const span = { begins: Date.parse(shift.begins) / 1000, ends: Date.parse(shift.ends) / 1000 };
  const place = placeIn(span, window);
  if (place === null) return null;
  const text = spanText(span);
  const current = span.begins <= now && now < span.ends;
  const inside = (
    <>
      {swapped && <ArrowLeftRight className="size-3.5 shrink-0" aria-hidden />}
      <span className="truncate font-medium">{shift.name}</span>
      {swapped && (
        <span className="sr-only">
          <Trans>, by an exception</Trans>
        </span>
      )}
      {current && (
        <span className="font-medium text-accent text-xs sm:sr-only">
          <Trans>now</Trans>
        </span>
      )}
      <span className="tnum text-muted text-xs max-sm:w-full sm:sr-only">{text}</span>
    </>
  );
  const looks = cn(
    "flex h-full w-full min-w-0 items-center gap-1.5 overflow-hidden border-s-4 px-2 text-start max-sm:min-h-11 max-sm:flex-wrap max-sm:py-1.5 sm:rounded-e-md",
    span.ends <= now ? "border-edge bg-raised text-muted" : tint,
  );
  return (
    <li
      className="max-sm:mb-1 sm:absolute sm:inset-y-0 sm:start-(--left) sm:w-(--width) sm:pe-0.5"
      style={{ "--left": percent(place.left), "--width": percent(place.width) } as CSSProperties}
      title={`${shift.name}: ${text}`}
    >
      {onSwap === null || span.ends <= now ? (
        <div className={looks}>{inside}</div>
      ) : (
        <button
          type="button"
          className={cn(looks, "hover:brightness-95 dark:hover:brightness-125")}
          onClick={() => onSwap({ begins: Math.max(span.begins, now), ends: span.ends })}
        >
          {inside}
          <span className="sr-only">
            <Trans>: swap</Trans>
          </span>
        </button>
      )}
    </li>
  );
}
