import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { AuditEntry } from "@/api/types";
import { formatMoment } from "@/lib/time";
import { ResultMark } from "./result-mark";

const COLUMNS =
  "lg:grid lg:grid-cols-[9.5rem_minmax(8rem,1fr)_minmax(11rem,1.2fr)_minmax(9rem,1.4fr)_9rem_6rem] lg:gap-x-4";

interface AuditListProps {
  entries: readonly AuditEntry[];
  onOpen: (entry: AuditEntry) => void;
}

/** Entries as rows on a desk and as cards of three lines on a phone; each opens its details. */
export function AuditList({ entries, onOpen }: AuditListProps) {
  return (
    <div className="card overflow-hidden">
      <div aria-hidden className={`${COLUMNS} hidden border-b bg-raised/50 px-4 py-2 font-medium text-muted text-xs`}>
        <span>
          <Trans>Time</Trans>
        </span>
        <span>
          <Trans>Who</Trans>
        </span>
        <span>
          <Trans>Did what</Trans>
        </span>
        <span>
          <Trans>To what</Trans>
        </span>
        <span>
          <Trans context="address">From</Trans>
        </span>
        <span>
          <Trans>Result</Trans>
        </span>
      </div>
      <ol aria-label={t`Entries, newest first`} className="divide-y">
        {entries.map((entry) => (
          <li key={entry.number}>
            <button
              type="button"
              onClick={() => onOpen(entry)}
              className={`${COLUMNS} flex w-full flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-2.5 text-start hover:bg-raised/60 focus-visible:-outline-offset-2`}
            >
              <time dateTime={entry.time} className="tnum whitespace-nowrap text-muted text-xs max-lg:order-5">
                {formatMoment(Date.parse(entry.time) / 1000)}
              </time>
              <span className="min-w-0 truncate max-lg:order-3">{entry.actor}</span>
              <span className="min-w-0 truncate font-medium max-lg:order-1 max-lg:flex-1">{entry.action}</span>
              <span className="min-w-0 truncate text-muted max-lg:order-4 max-lg:flex-1">{entry.target}</span>
              <span className="tnum min-w-0 truncate text-muted text-xs max-lg:order-6 max-lg:ms-auto">
                {entry.address}
              </span>
              <span className="flex max-lg:order-2">
                <ResultMark result={entry.result} />
              </span>
              <span aria-hidden className="h-0 w-full max-lg:order-2 lg:hidden" />
              <span aria-hidden className="h-0 w-full max-lg:order-4 lg:hidden" />
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}
