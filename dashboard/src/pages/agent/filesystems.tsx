import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Meter } from "@/components/meter";
import { seriesKey } from "@/lib/series";
import { formatValue } from "@/lib/units";
import { useStoreVersion } from "@/state/use-store-version";
import { useAgentPage } from "./page-context";
import type { Metas } from "./specs";

/** The filesystems as bars: how full, how much, how much is left. */
export function Filesystems({ metas }: { metas: Metas }) {
  const { store } = useAgentPage();
  useStoreVersion(store);
  const mounts = [...metas].filter(([, meta]) => meta.metric === "system.filesystem.utilization");
  if (mounts.length === 0) return null;
  const rows = mounts
    .map(([key, { labels }]) => ({
      key,
      labels,
      share: store.last(key),
      used: store.last(seriesKey("system.filesystem.usage", { ...labels, state: "used" })),
      free: store.last(seriesKey("system.filesystem.usage", { ...labels, state: "free" })),
    }))
    .sort((one, other) => other.share - one.share);
  return (
    <div className="card min-w-0 px-3.5 pt-1.5 pb-3">
      <h3 className="flex min-h-9 items-center font-medium">
        <Trans>Filesystems</Trans>
      </h3>
      <ul
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long lists scroll, which the keyboard must be able to do
        tabIndex={0}
        aria-label={t`Filesystems`}
        className="flex max-h-56 flex-col gap-3.5 overflow-y-auto pt-1"
      >
        {rows.map(({ key, labels, share, used, free }) => (
          <li key={key}>
            <div className="flex items-baseline justify-between gap-3">
              <span className="min-w-0 truncate">
                <span className="font-medium">{labels.mountpoint}</span>{" "}
                <span className="text-muted text-xs">
                  {labels.device} · {labels.type}
                </span>
              </span>
              <span className="tnum shrink-0 font-medium">{formatValue(share, "%")}</span>
            </div>
            <Meter value={Number.isNaN(share) ? null : share} className="mt-1.5" />
            <p className="tnum mt-1 text-muted text-xs">
              {t`${{ used: formatValue(used, "By") }} used, ${{ free: formatValue(free, "By") }} free`}
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}
