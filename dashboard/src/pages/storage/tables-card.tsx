import { t } from "@lingui/core/macro";
import type { StorageSizes } from "@/api/types";
import { Card } from "@/components/card";
import { bytes } from "@/lib/storage-words";
import { formatTimestamp } from "@/lib/time";

const SHOWN = 8;

/** What takes most room in the database. */
export function TablesCard({ storage }: { storage: StorageSizes }) {
  const size = bytes(storage.database_bytes);
  const moment = formatTimestamp(storage.measured_at);
  const most = storage.tables[0]?.bytes ?? 1;
  return (
    <Card title={t`The largest tables`} text={t`The database takes ${size}, indexes and all, as of ${moment}.`}>
      <ul className="flex flex-col gap-2 border-t px-5 py-4">
        {storage.tables.slice(0, SHOWN).map(({ name, bytes: taken }) => (
          <li key={name} className="grid grid-cols-[minmax(0,12rem)_minmax(0,1fr)_5rem] items-center gap-3">
            <code className="truncate font-mono text-xs">{name}</code>
            <span className="block h-1.5" aria-hidden>
              <span className="block h-full rounded-full bg-c1" style={{ width: `${(100 * taken) / most}%` }} />
            </span>
            <span className="tnum text-end text-xs">{bytes(taken)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
