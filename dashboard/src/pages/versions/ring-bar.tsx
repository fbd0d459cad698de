import { plural, t } from "@lingui/core/macro";
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
  const { confirmed, busy, failed, total } = tally;
  const share = (count: number) => `${total === 0 ? 0 : (count / total) * 100}%`;
  const words = [
    t`${confirmed} of ${total} run it`,
    busy > 0 && t`${busy} on the way`,
    failed > 0 && plural(failed, { one: "# failed", other: "# failed" }),
  ].filter((one) => one !== false);
  return (
    <li className={cn("rounded-lg border p-3", current ? "border-accent/60" : "border-line")}>
      <div className="flex items-baseline gap-2 whitespace-nowrap">
        <span className="font-medium">
          <Trans>Ring {number}</Trans>
        </span>
        <span className="tnum text-muted text-xs">{agents(total)}</span>
      </div>
      <span aria-hidden className="mt-2 flex h-2 overflow-hidden rounded-full bg-raised">
        <span className="bg-ok" style={{ width: share(confirmed) }} />
        <span className="animate-pulse bg-c1" style={{ width: share(busy) }} />
        <span className="bg-bad" style={{ width: share(failed) }} />
      </span>
      <p className={cn("tnum mt-1.5 text-xs", failed > 0 ? "text-bad" : "text-muted")}>{words.join(", ")}</p>
    </li>
  );
}
