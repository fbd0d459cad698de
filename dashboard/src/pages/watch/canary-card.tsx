import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import type { CanaryFlight, Watch } from "@/api/types";
import { Card } from "@/components/card";
import { PARTS, partsOf, scaleOf, summarize, totalOf } from "@/lib/canary";
import { hubNow } from "@/lib/clock";
import { formatAgo } from "@/lib/time";
import { duration } from "@/lib/units";
import { CanaryChart, decimals } from "./canary-chart";

const STAGES = [
  ["judged", t`Rule evaluated`],
  ["recorded", t`Transition written`],
  ["grouped", t`In an incident`],
  ["noticed", t`Notice written, after the wait for others`],
  ["planned", t`Recipients chosen`],
  ["sent", t`Handed to the channel`],
  ["received", t({ message: "Received", context: "canary" })],
] as const;

/** Canaries of the last day, stage by stage. */
export function CanaryCard({ canary }: { canary: Watch["canary"] }) {
  const [now] = useState(hubNow);
  if (canary.interval_s === 0) {
    return (
      <Card
        title={t`Canary`}
        text={t`Off: OPSENTRIX_CANARY_INTERVAL is 0. Nobody tries whether an alert still comes through.`}
      />
    );
  }
  const flights = canary.items;
  const interval = duration(canary.interval_s);
  const waited = duration(canary.waiting_s);
  const last = flights.findLast((one) => totalOf(one) !== null);
  return (
    <Card title={t`Canary`} text={t`Every ${interval} an alert that nobody sees goes the whole way and is measured.`}>
      <div className="border-t px-5 py-4">
        <p className="tnum">{words(flights)}</p>
        {canary.waiting_s > 15 && (
          <p className="mt-1 font-medium text-bad">
            <Trans>One has been under way for {waited}.</Trans>
          </p>
        )}
        {flights.length > 0 && (
          <>
            <CanaryChart flights={flights} now={now} interval={canary.interval_s} scale={scaleOf(flights)} />
            <ul aria-label={t`Colours`} className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-muted text-xs">
              {PARTS.map(({ label, color }) => (
                <li key={label} className="flex items-center gap-1.5">
                  <span aria-hidden className="size-2.5 rounded-sm" style={{ background: color }} />
                  {label}
                </li>
              ))}
              <li className="flex items-center gap-1.5">
                <span aria-hidden className="w-2.5 text-center font-bold text-bad leading-none">
                  ×
                </span>
                <Trans context="canary">Lost</Trans>
              </li>
            </ul>
          </>
        )}
      </div>
      {last !== undefined && <Latest flight={last} now={now} />}
    </Card>
  );
}

function words(flights: readonly CanaryFlight[]): string {
  const { received, lost, middle, longest } = summarize(flights);
  if (middle === null || longest === null)
    return lost > 0 ? t`None came through; ${lost} lost.` : t`The first one is under way.`;
  const half = decimals(middle, 1);
  const slowest = decimals(longest, 1);
  return t`${plural(received, { one: "# came through", other: "# came through" })} in the last 24 hours, half of them within ${half} s, the slowest in ${slowest} s; ${plural(lost, { 0: "none lost", one: "# lost", other: "# lost" })}.`;
}

/** The newest canary, as one bar and as numbers. */
function Latest({ flight, now }: { flight: CanaryFlight; now: number }) {
  const total = totalOf(flight) ?? 0;
  return (
    <div className="border-t px-5 py-4">
      <h3 className="font-medium">
        <Trans>
          The last one <span className="tnum font-normal text-muted">· {formatAgo(flight.sampled_at, now)}</span>
        </Trans>
      </h3>
      <div aria-hidden className="mt-2.5 flex h-2.5 gap-px overflow-hidden rounded-full">
        {partsOf(flight).map((took, index) => (
          <span
            key={PARTS[index]?.stage}
            style={{ width: `${(took / Math.max(total, 0.001)) * 100}%`, background: PARTS[index]?.color }}
          />
        ))}
      </div>
      <dl className="mt-3 grid gap-x-8 gap-y-1.5 sm:grid-cols-2 sm:grid-rows-4 sm:[grid-auto-flow:column]">
        {STAGES.map(([stage, label]) => (
          <div key={stage} className="flex items-baseline justify-between gap-4">
            <dt className="text-muted">{label}</dt>
            <dd className="tnum whitespace-nowrap">
              {flight.seconds[stage] === undefined ? "—" : `${decimals(flight.seconds[stage], 2)} s`}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
