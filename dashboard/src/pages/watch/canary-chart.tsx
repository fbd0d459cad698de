import { t } from "@lingui/core/macro";
import type { CanaryFlight } from "@/api/types";
import { PARTS, partsOf, summarize, totalOf } from "@/lib/canary";
import { locale } from "@/lib/language";
import { formatMinute } from "@/lib/time";

const DAY_S = 86_400;
const WIDTH = 1000;
const HEIGHT = 120;
const TICKS = [0, 6, 12, 18, 24] as const;

/** A number with so many digits after the point. */
export const decimals = (value: number, digits: number): string =>
  value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });

interface CanaryChartProps {
  flights: readonly CanaryFlight[];
  /** The right edge, Unix seconds. */
  now: number;
  /** Seconds between two canaries: the width of a bar. */
  interval: number;
  /** Seconds that the height stands for. */
  scale: number;
}

/** A day of canaries: a bar for each, as high as it took, in the colours of its parts. */
export function CanaryChart({ flights, now, interval, scale }: CanaryChartProps) {
  const thick = Math.max(2, Math.min(14, (interval / DAY_S) * WIDTH - 0.6));
  const { received, lost, longest } = summarize(flights);
  const slowest = decimals(longest ?? 0, 1);
  return (
    <figure className="mt-3 flex gap-2">
      <div aria-hidden className="tnum flex w-9 flex-col justify-between pb-5 text-end text-2xs text-muted">
        <span>{scale} s</span>
        <span>{(scale / 2).toLocaleString(locale())} s</span>
        <span>0</span>
      </div>
      <div className="min-w-0 flex-1">
        <svg
          role="img"
          aria-label={t`Canaries of the last 24 hours: ${received} came through, the slowest in ${slowest} s, ${lost} lost`}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="block h-30 w-full rounded-sm bg-raised/60"
        >
          <line
            x1="0"
            x2={WIDTH}
            y1={HEIGHT / 2}
            y2={HEIGHT / 2}
            stroke="var(--line)"
            vectorEffect="non-scaling-stroke"
          />
          {flights.map((one) => (
            <Bar key={one.number} flight={one} x={place(one, now)} thick={thick} scale={scale} />
          ))}
        </svg>
        <div aria-hidden className="tnum mt-1 flex justify-between text-2xs text-muted">
          {TICKS.map((hours) => (
            <span key={hours}>{formatMinute(now - DAY_S + hours * 3600)}</span>
          ))}
        </div>
      </div>
    </figure>
  );
}

function place(flight: CanaryFlight, now: number): number {
  return ((Date.parse(flight.sampled_at) / 1000 - (now - DAY_S)) / DAY_S) * WIDTH;
}

function Bar({ flight, x, thick, scale }: { flight: CanaryFlight; x: number; thick: number; scale: number }) {
  if (flight.lost && totalOf(flight) === null) {
    return (
      <g stroke="var(--bad)" strokeWidth="2">
        <path
          d={`M${x - thick} 6 L${x + thick} 18 M${x + thick} 6 L${x - thick} 18`}
          vectorEffect="non-scaling-stroke"
        />
        <line x1={x} x2={x} y1="22" y2={HEIGHT} strokeDasharray="3 3" vectorEffect="non-scaling-stroke" />
      </g>
    );
  }
  let top = HEIGHT;
  return (
    <g>
      {partsOf(flight).map((took, index) => {
        const high = (took / scale) * HEIGHT;
        top -= high;
        return (
          <rect
            key={PARTS[index]?.stage}
            x={x - thick}
            y={top}
            width={thick}
            height={high}
            fill={PARTS[index]?.color}
          />
        );
      })}
    </g>
  );
}
