import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import { EMPTY_QUERY, type ExploreQuery } from "@/lib/explore-search";
import { metricsQuery } from "@/pages/rules/queries";
import { MetricPicker } from "./metric-picker";
import { startingQuery } from "./starting-query";

/** Questions that many people ask first. */
const EXAMPLES: readonly { title: string; text: string; query: ExploreQuery }[] = [
  {
    title: t`Which machines use most memory?`,
    text: t`The ten highest, against a day earlier`,
    query: {
      ...EMPTY_QUERY,
      ...{ metric: "system.memory.utilization", labels: { state: "used" }, by: ["agent"], compare: 86_400 },
      rank: { order: "top", count: 10 },
    },
  },
  {
    title: t`Which disks are fullest?`,
    text: t`The ten fullest filesystems of all machines`,
    query: {
      ...EMPTY_QUERY,
      ...{ metric: "system.filesystem.utilization", by: ["agent", "label:mountpoint"], across: "max" },
      rank: { order: "top", count: 10 },
    },
  },
  {
    title: t`How busy is each environment?`,
    text: t`The 95th percentile of the load of its machines`,
    query: { ...EMPTY_QUERY, metric: "system.cpu.load_average.1m", across: "p95", by: ["environment"] },
  },
];

/** The page before anything is asked: what it is for, and where to begin. */
export function Beginning({ onChoose }: { onChoose: (query: ExploreQuery) => void }) {
  const known = useQuery(metricsQuery).data?.items;
  const sent = EXAMPLES.filter(({ query }) => known?.some(({ metric }) => metric === query.metric));
  return (
    <section aria-label={t`Begin`} className="card mx-auto mt-6 max-w-2xl p-6 sm:p-8">
      <h2 className="font-semibold text-base">
        <Trans>Ask any metric over any machines</Trans>
      </h2>
      <p className="mt-1 mb-5 text-muted">
        <Trans>Choose a metric. Then group it, keep the highest or lowest, and hold it against an earlier time.</Trans>
      </p>
      <MetricPicker label={t`Metric`} value="" onChange={(name) => onChoose(startingQuery(name, known))} />
      {sent.length > 0 && (
        <>
          <h3 className="mt-6 mb-2 font-medium">
            <Trans>Or begin with</Trans>
          </h3>
          <ul className="flex flex-col gap-1.5">
            {sent.map(({ title, text, query }) => (
              <li key={title}>
                <button
                  type="button"
                  onClick={() => onChoose(query)}
                  className="touch flex w-full items-center gap-3 rounded-md border px-3.5 py-2.5 text-start hover:bg-raised"
                >
                  <span className="min-w-0 flex-1">
                    <span className="block font-medium">{title}</span>
                    <span className="block text-muted text-xs">{text}</span>
                  </span>
                  <ArrowRight className="size-4 shrink-0 text-muted" aria-hidden />
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
