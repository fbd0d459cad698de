import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { Retention, StorageSizes } from "@/api/types";
import { Card } from "@/components/card";
import { bytes, dayCount } from "@/lib/storage-words";

const TIERS = [
  { tier: "1s", label: t`Every second`, kept: "keep_1s_days", setting: "OPSENTRIX_RETENTION_DAYS" },
  { tier: "1m", label: t`Minutes`, kept: "keep_1m_days", setting: "OPSENTRIX_RETENTION_1M_DAYS" },
  { tier: "1h", label: t`Hours`, kept: "keep_1h_days", setting: "OPSENTRIX_RETENTION_1H_DAYS" },
] as const;

const HEADS = { kept: t`Kept for`, takes: t`Takes`, grows: t`A day adds`, settled: t`Will take` };

const CELL = "py-2.5 ps-4 text-end max-sm:flex max-sm:justify-between max-sm:py-1 max-sm:ps-0";

interface TiersCardProps {
  defaults: Retention["defaults"];
  storage: StorageSizes | undefined;
}

/** How long each tier is kept, and what it takes. */
export function TiersCard({ defaults, storage }: TiersCardProps) {
  return (
    <Card
      title={t`What is kept`}
      text={t`Samples of each second first; then the lowest, highest and mean of each minute, and of each hour. Charts take the tier that fits their range.`}
    >
      <div className="border-t px-5 py-2">
        <table className="tnum w-full max-sm:block">
          <thead className="text-muted text-xs max-sm:sr-only">
            <tr>
              <th scope="col" className="py-2 text-start font-medium">
                <Trans>Tier</Trans>
              </th>
              {Object.values(HEADS).map((one) => (
                <th key={one} scope="col" className="py-2 ps-4 text-end font-medium">
                  {one}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y max-sm:block">
            {TIERS.map(({ tier, label, kept, setting }) => {
              const size = storage?.tiers.find((one) => one.tier === tier);
              const settled = size === undefined || size.settled_bytes === null ? null : bytes(size.settled_bytes);
              return (
                <tr key={tier} className="max-sm:block max-sm:py-2">
                  <th scope="row" className="py-2.5 text-start font-medium max-sm:block max-sm:py-1">
                    {label}
                    <code className="block break-all font-mono font-normal text-2xs text-muted">{setting}</code>
                  </th>
                  <Cell name={HEADS.kept}>{dayCount(defaults[kept])}</Cell>
                  <Cell name={HEADS.takes}>{size === undefined ? "–" : bytes(size.bytes)}</Cell>
                  <Cell name={HEADS.grows}>
                    {size === undefined || size.bytes_per_day === null ? t`not known yet` : bytes(size.bytes_per_day)}
                  </Cell>
                  <Cell name={HEADS.settled}>{settled === null ? "–" : t`about ${settled}`}</Cell>
                </tr>
              );
            })}
          </tbody>
        </table>
        <p className="py-2 text-muted text-xs">
          <Trans>How long is set in the hub's environment, for all agents without a rule.</Trans>{" "}
          {storage !== undefined && <Trans>Not compacted yet: {bytes(storage.frames_bytes)}.</Trans>}
        </p>
      </div>
    </Card>
  );
}

function Cell({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <td className={CELL}>
      <span className="text-muted sm:hidden" aria-hidden>
        {name}
      </span>
      <span>{children}</span>
    </td>
  );
}
