import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { cn } from "@/lib/cn";
import { agents, type Tally } from "./rollouts";

interface RingBarProps {
  number: number;
  tally: Tally;
  current: boolean;
}

/** How far the agents of one ring are, as a bar and in words. */
export function RingBar({ number, tally, current }: RingBarProps) {
  const share = (count: number) => `${tally.total === 0 ? 0 : (count / tally.total) * 100}%`;
  const words = [
    t`${tally.confirmed} of ${tally.total} run it`,
    tally.busy > 0 && t`${tally.busy} on the way`,
    tally.failed > 0 && `${tally.failed} failed`,
  ].filter((one) => one !== false);
  return (
    <li className={cn("rounded-lg border p-3", current ? "border-accent/60" : "border-line")}>
      <div className="flex items-baseline gap-2 whitespace-nowrap">
        <span className="font-medium">
          <Trans>Ring {number}</Trans>
        </span>
        <span className="tnum text-muted text-xs">{agents(tally.total)}</span>
      </div>
      <span aria-hidden className="mt-2 flex h-2 overflow-hidden rounded-full bg-raised">
        <span className="bg-ok" style={{ width: share(tally.confirmed) }} />
        <span className="animate-pulse bg-c1" style={{ width: share(tally.busy) }} />
        <span className="bg-bad" style={{ width: share(tally.failed) }} />
      </span>
      <p className={cn("tnum mt-1.5 text-xs", tally.failed > 0 ? "text-bad" : "text-muted")}>{words.join(", ")}</p>
    </li>
  );
}
