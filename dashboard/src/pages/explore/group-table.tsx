import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { ArrowUpRight } from "lucide-react";
import { useMemo } from "react";
import { cn } from "@/lib/cn";
import { type Line, type Statistics, statisticsOf } from "@/lib/explore";
import type { RangeSearch } from "@/lib/range";
import { type DisplayUnit, formatValue } from "@/lib/units";
import { type UsageColumn, UsageTable } from "@/pages/agent/usage-table";
import { useOnlyLooking } from "@/state/kiosk";

/** A line with what the table says of it. */
interface Row extends Statistics {
  key: string;
  name: string;
  color: string;
  agent: number | null;
}

/** What a phone has no room for. */
const DESK_ONLY = new Set(["min", "max"]);

interface GroupTableProps {
  lines: readonly Line[];
  nameOf: (line: Line) => string;
  colorOf: (key: string) => string;
  unit: DisplayUnit;
  /** Whether there is an earlier time to tell the change against. */
  compared: boolean;
  range: RangeSearch;
  className?: string;
  solo: string | null;
  /** Shows a group alone; null where there is no chart beside it. */
  onSolo: ((key: string | null) => void) | null;
}

/** What the lines of a chart come to; a press on one shows it alone. */
export function GroupTable(props: GroupTableProps) {
  const { lines, nameOf, colorOf, unit, compared, range, solo, onSolo, className } = props;
  const rows = useMemo(
    () =>
      lines.map((line): Row => {
        const agent = Number(line.group.agent);
        return {
          key: line.key,
          name: nameOf(line),
          color: colorOf(line.key),
          agent: Number.isSafeInteger(agent) ? agent : null,
          ...statisticsOf(line),
        };
      }),
    [lines, nameOf, colorOf],
  );
  const looking = useOnlyLooking();
  const columns = useMemo(() => {
    const figure = (id: "last" | "min" | "avg" | "max", header: string) =>
      column(id, header, (value) => formatValue(value, unit));
    return [
      nameColumn({ solo, range, onSolo, leads: !looking }),
      ...[figure("last", t`Last`), figure("min", t`Min`), figure("avg", t`Avg`), figure("max", t`Max`)],
      ...(!compared ? [] : [column("change", t({ message: "Change", context: "column" }), changeText)]),
    ];
  }, [unit, compared, range, solo, onSolo, looking]);
  return (
    <UsageTable
      label={t`Groups`}
      columns={columns}
      rows={rows}
      rowId={({ key }) => key}
      sortedBy="avg"
      deskOnly={DESK_ONLY}
      {...(className !== undefined && { className })}
    />
  );
}

function column(id: keyof Statistics, header: string, text: (value: number | null) => string): UsageColumn<Row> {
  return {
    id,
    accessorFn: (row) => row[id] ?? Number.NEGATIVE_INFINITY,
    header,
    sortFn: "basic",
    sortDescFirst: true,
    cell: ({ row }) => text(row.original[id]),
  };
}

/** Beyond this (a ratio) there was next to nothing before, and how much more it is says nothing. */
const MOST = 10;

/** "+12.5 %": by how much the mean is higher than that of the earlier time. */
function changeText(change: number | null): string {
  if (change === null) return "–";
  if (Math.abs(change) > MOST) return `${change > 0 ? "> +" : "< −"}${formatValue(MOST, "%")}`;
  return `${change > 0 ? "+" : ""}${formatValue(change, "%")}`;
}

interface NameColumn extends Pick<GroupTableProps, "solo" | "range" | "onSolo"> {
  /** Whether names of agents lead to them. */
  leads: boolean;
}

function nameColumn({ solo, range, onSolo, leads }: NameColumn): UsageColumn<Row> {
  return {
    id: "name",
    accessorFn: ({ name }) => name,
    header: t({ message: "Group", context: "column" }),
    sortFn: "alphanumeric",
    cell: ({ row: { original: row } }) => (
      <span className="flex items-center gap-1">
        {onSolo === null && <span className="min-w-0 flex-1 truncate">{row.name}</span>}
        {onSolo !== null && (
          <button
            type="button"
            aria-pressed={row.key === solo}
            title={row.key === solo ? t`Show all groups` : t`Show this group alone`}
            onClick={() => onSolo(row.key === solo ? null : row.key)}
            className={cn(
              "touch flex h-8 min-w-0 flex-1 items-center gap-2 text-start hover:text-accent",
              solo !== null && row.key !== solo && "text-muted",
            )}
          >
            <span
              aria-hidden
              className="size-2.5 shrink-0 rounded-[2px]"
              style={{ background: `var(--${row.color})` }}
            />
            <span className="truncate">{row.name}</span>
          </button>
        )}
        {leads && row.agent !== null && (
          <Link
            to="/agents/$agentId"
            params={{ agentId: String(row.agent) }}
            search={range}
            aria-label={t`Open the agent of ${row.name}`}
            className="touch grid size-7 shrink-0 place-items-center rounded text-muted hover:bg-raised hover:text-text"
          >
            <ArrowUpRight className="size-3.5" aria-hidden />
          </Link>
        )}
      </span>
    ),
  };
}
