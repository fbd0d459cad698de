import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMemo } from "react";
import type { ChartSnapshot } from "@/charts/snapshot";
import { tableOf, thinned } from "@/charts/table";
import { Dialog } from "@/components/ui/dialog";
import { formatMoment } from "@/lib/time";
import { duration, formatValue } from "@/lib/units";

const MOST_ROWS = 200;

/** The values that a chart showed when it was asked, newest first. */
export function TableDialog({ snapshot, onClose }: { snapshot: ChartSnapshot; onClose: () => void }) {
  const table = useMemo(() => thinned(tableOf(snapshot), MOST_ROWS), [snapshot]);
  const step = table.step < 1 ? `${table.step * 1000} ms` : duration(table.step);
  const rows = table.times.map((_, row) => table.times.length - 1 - row);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={snapshot.title}
      description={
        rows.length === 0
          ? t`There is no data in this time.`
          : table.joined > 1
            ? t`One row for ${step}, each the mean of ${plural(table.joined, { one: "# point", other: "# points" })}, newest first.`
            : t`One row for ${step}, newest first.`
      }
      className="sm:w-[min(60rem,calc(100vw-2rem))]"
    >
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        tabIndex={0}
        aria-label={t`Values of ${snapshot.title}`}
        className="max-h-[65dvh] overflow-auto rounded-md border"
      >
        <table className="tnum w-full border-collapse text-xs">
          <thead className="sticky top-0 z-10 bg-raised text-start text-muted">
            <tr>
              <th scope="col" className="sticky start-0 whitespace-nowrap bg-raised px-3 py-2 font-medium">
                <Trans>Time</Trans>
              </th>
              {table.columns.map(({ label }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns stay where they are, and names may be equal
                <th key={index} scope="col" className="whitespace-nowrap px-3 py-2 text-end font-medium">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row} className="border-t">
                <th
                  scope="row"
                  className="sticky start-0 whitespace-nowrap bg-surface px-3 py-1 text-start font-normal text-muted"
                >
                  {formatMoment(table.times[row] ?? 0)}
                </th>
                {table.columns.map(({ values }, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns stay where they are
                  <td key={index} className="whitespace-nowrap px-3 py-1 text-end">
                    {formatValue(values[row], table.unit)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Dialog>
  );
}
