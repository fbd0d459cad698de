import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { HeatScale } from "@/lib/heat-scale";
import { formatAxisValue } from "@/lib/units";

const RAMP = "linear-gradient(to right, var(--h1), var(--h2), var(--h3), var(--h4))";

/** What the colours and marks of the map mean. */
export function HeatLegend({ scale }: { scale: HeatScale }) {
  return (
    <div className="flex flex-wrap items-center gap-x-5 gap-y-2 text-muted text-xs">
      <span className="tnum flex items-center gap-2">
        {formatAxisValue(scale.from, scale.unit)}
        <span aria-hidden className="h-2.5 w-28 rounded-sm" style={{ background: RAMP }} />
        <span className="sr-only">
          <Trans context="between two values">to</Trans>
        </span>
        {formatAxisValue(scale.to, scale.unit)}
      </span>
      <Swatch color="bad" text={t`away`} />
      <Swatch color="muted" text={t`no value`} />
      <span className="flex items-center gap-1.5">
        <svg viewBox="0 0 12 12" aria-hidden className="size-3 rounded-xs bg-raised">
          <path d="M3 0H12V9Z" fill="var(--bad)" />
        </svg>
        <Trans>alert or error</Trans>
      </span>
    </div>
  );
}

function Swatch({ color: name, text }: { color: "bad" | "muted"; text: string }) {
  const color = `var(--${name})`;
  return (
    <span className="flex items-center gap-1.5">
      <span
        aria-hidden
        className="size-3 rounded-xs border"
        style={{
          borderColor: color,
          background: `repeating-linear-gradient(135deg, transparent 0 2px, color-mix(in srgb, ${color} 60%, transparent) 2px 3px)`,
        }}
      />
      {text}
    </span>
  );
}
