import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { asProblem } from "@/api/problem";
import type { WindowTimes } from "@/api/quiet";
import { inZone } from "@/lib/recurrence";
import { useSettled } from "@/state/use-settled";
import { occurrencesQuery } from "./queries";

/** When a window comes next, on the clocks of its own zone. */
export function Occurrences({ times }: { times: WindowTimes }) {
  const key = JSON.stringify(times);
  const settled: WindowTimes = JSON.parse(useSettled(key, 300));
  const { data, error } = useQuery(occurrencesQuery(settled));
  return (
    <section aria-label={t`Next times`} className="rounded-md bg-raised px-3 py-2.5">
      <h3 className="mb-1 font-medium text-xs">
        <Trans>Next times</Trans>
      </h3>
      {error !== null ? (
        <p role="alert" className="text-bad text-xs">
          {asProblem(error).advice}
        </p>
      ) : (
        <ol className="tnum flex flex-col gap-0.5 text-muted text-xs">
          {data?.map((one) => (
            <li key={one.begins_at}>{inZone(one.begins_at, settled.zone)}</li>
          ))}
          {data?.length === 0 && (
            <li>
              <Trans>None: it lies in the past.</Trans>
            </li>
          )}
        </ol>
      )}
    </section>
  );
}
