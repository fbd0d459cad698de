import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Plus } from "lucide-react";

const EXAMPLES: readonly { text: string; what: string }[] = [
  { text: "system.cpu.utilization > 90% for 5m", what: t`Busy for minutes` },
  { text: "avg(system.memory.utilization{state=used}, 5m) > 95% clear < 90%", what: t`A mean, with hysteresis` },
  { text: "forecast(system.filesystem.utilization, 6h, 24h) > 100% for 30m", what: t`Full within a day` },
  { text: "change(avg(system.network.io, 10m), 1d) > 200%", what: t`Unlike yesterday` },
  { text: "absent(agent) for 1m", what: t`An agent is offline` },
  { text: "count(system.cpu.utilization > 90%) >= 3 of 10", what: t`On many agents at once` },
];

/** What rules look like, to begin with. */
export function Examples({ onInsert }: { onInsert: (expression: string) => void }) {
  return (
    <div>
      <p className="mb-1.5 text-muted text-xs">
        <Trans>Begin with an example, or press Ctrl and Space for what can be written.</Trans>
      </p>
      <ul aria-label={t`Examples`} className="flex flex-col gap-1">
        {EXAMPLES.map(({ text, what }) => (
          <li key={text}>
            <button
              type="button"
              onClick={() => onInsert(text)}
              className="touch group flex w-full flex-wrap items-center gap-x-3 rounded-md px-2 py-1 text-start hover:bg-raised"
            >
              <Plus className="size-3.5 shrink-0 text-muted group-hover:text-accent" aria-hidden />
              <span className="w-40 shrink-0 text-xs">{what}</span>
              <code className="min-w-0 break-words font-mono text-muted text-xs max-sm:w-full max-sm:ps-6.5">
                {text}
              </code>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
