import { t } from "@lingui/core/macro";
import { formatCount } from "@/lib/language";

/** So many names are read at a glance; of more it is told how many. */
const SHOWN = 20;

interface MachineNamesProps {
  names: readonly string[];
  /** How many there are where not all names are known. */
  count?: number;
}

/** Which machines are meant: the first by name, and how many more. */
export function MachineNames({ names, count = names.length }: MachineNamesProps) {
  const shown = names.slice(0, SHOWN);
  return (
    <section
      aria-label={t`Machines`}
      className="flex max-h-36 flex-wrap gap-1 overflow-y-auto rounded-md border bg-raised/40 p-2"
    >
      {shown.map((name, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: several machines may have one name
        <span key={at} className="max-w-full truncate rounded bg-surface px-1.5 py-0.5 text-xs">
          {name}
        </span>
      ))}
      {count > shown.length && (
        <span className="tnum px-1.5 py-0.5 text-muted text-xs">
          {t`and ${{ more: formatCount(count - shown.length) }} more`}
        </span>
      )}
    </section>
  );
}
