import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleCheck, CircleX } from "lucide-react";
import { seriesKey } from "@/lib/series";
import { formatValue } from "@/lib/units";
import { useStoreVersion } from "@/state/use-store-version";
import { useAgentPage } from "./page-context";
import type { Metas } from "./specs";

/** The agent's collectors: which work, and how often one has failed. */
export function Collectors({ metas }: { metas: Metas }) {
  const { store } = useAgentPage();
  useStoreVersion(store);
  const collectors = [...metas.values()]
    .filter(({ metric }) => metric === "opsentrix.agent.collector.up")
    .map(({ labels }) => labels.collector ?? "")
    .sort();
  if (collectors.length === 0) return null;
  return (
    <div className="card min-w-0 px-3.5 pt-1.5 pb-3">
      <h3 className="flex min-h-9 items-center font-medium">
        <Trans>Collectors</Trans>
      </h3>
      <ul className="grid grid-cols-2 gap-x-6 gap-y-1.5 pt-1 sm:grid-cols-3 lg:grid-cols-2">
        {collectors.map((collector) => {
          const works = store.last(seriesKey("opsentrix.agent.collector.up", { collector })) !== 0;
          const failures = store.last(seriesKey("opsentrix.agent.collector.failures", { collector }));
          const took = store.last(seriesKey("opsentrix.agent.collector.duration", { collector }));
          return (
            <li key={collector} className="flex items-center gap-2">
              {works ? (
                <CircleCheck className="size-4 shrink-0 text-ok" aria-label={t`works`} />
              ) : (
                <CircleX className="size-4 shrink-0 text-bad" aria-label={t`fails`} />
              )}
              <span className="min-w-0 flex-1 truncate">{collector}</span>
              <span className="tnum text-muted text-xs">
                {failures > 0 ? plural(failures, { one: "# failed", other: "# failed" }) : formatValue(took, "s")}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
