import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleAlert, CircleCheck } from "lucide-react";
import type { Retention, StorageSizes } from "@/api/types";
import { Card } from "@/components/card";
import { Meter } from "@/components/meter";
import { bytes, type Forecast, forecastWords } from "@/lib/storage-words";
import { formatTimestamp } from "@/lib/time";

const GUARD = {
  ok: t`There is room: the disk guard has nothing to do.`,
  low: t`The disk is low: the disk guard lets the oldest history go.`,
  critical: t`The disk is nearly full: nothing is stored until there is room, and agents keep their samples.`,
} as const;

const MARKS: Record<Forecast["concern"], string> = { urgent: "text-bad", soon: "text-warn", none: "text-ok" };

/** How full the disk is, how long it lasts, and what was done about it. */
export function DiskCard({
  retention: { disk, shortened },
  storage,
}: {
  retention: Retention;
  storage: StorageSizes | undefined;
}) {
  const filled = disk.free_bytes === null || disk.total_bytes === null ? null : disk.total_bytes - disk.free_bytes;
  const used = bytes(filled);
  const total = bytes(disk.total_bytes);
  const free = bytes(disk.free_bytes);
  const reserve = bytes(disk.reserve_bytes);
  const most = bytes(disk.max_database_bytes);
  const taken = bytes(disk.database_bytes);
  const forecast = storage === undefined ? null : forecastWords(storage);
  const Mark = forecast?.concern === "none" ? CircleCheck : CircleAlert;
  return (
    <Card title={t`Room`} text={GUARD[disk.state]}>
      <div className="flex flex-col gap-4 border-t px-5 py-4">
        {filled !== null && disk.total_bytes !== null && (
          <div>
            <Meter value={filled / disk.total_bytes} className="h-2.5" />
            <p className="tnum mt-1.5 flex flex-wrap justify-between gap-x-4 text-muted text-xs">
              <span>
                <Trans>
                  {used} of {total} used on the hub's disk
                </Trans>
              </span>
              <span>
                <Trans>
                  {free} free, {reserve} of it are a reserve
                </Trans>
              </span>
            </p>
          </div>
        )}
        {disk.max_database_bytes !== null && (
          <p className="tnum text-muted text-xs">
            <Trans>
              The database may take {most}; it takes {taken}.
            </Trans>
          </p>
        )}
        {forecast !== null && (
          <p className="flex items-start gap-2.5">
            <Mark className={`mt-0.5 size-4 shrink-0 ${MARKS[forecast.concern]}`} aria-hidden />
            {forecast.text}
          </p>
        )}
        {shortened.length > 0 && (
          <details>
            <summary className="touch cursor-pointer py-1 text-muted hover:text-text">
              <Trans>What went before its time ({shortened.length})</Trans>
            </summary>
            <ul className="mt-1 flex flex-col gap-1">
              {shortened.map(({ time, target }) => (
                <li key={`${time} ${target}`} className="tnum flex flex-wrap gap-x-4 text-xs">
                  <span className="text-muted">{formatTimestamp(time)}</span>
                  <code className="break-all font-mono">{target.replace(/^partition:/, "")}</code>
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </Card>
  );
}
