import {
  type ColumnDef,
  createSortedRowModel,
  FlexRender,
  rowSortingFeature,
  type SortingState,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useState } from "react";
import type { Process } from "@/api/types";
import { Meter } from "@/components/meter";
import { cn } from "@/lib/cn";
import { formatValue } from "@/lib/units";
import type { AgentFeed } from "@/state/agent-feed";
import { useSignal } from "@/state/use-signal";

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic, alphanumeric: sortFn_alphanumeric },
});

const columns: ColumnDef<typeof features, Process>[] = [
  { accessorKey: "pid", header: "PID", sortFn: "basic" },
  { accessorKey: "name", header: "Process", sortFn: "alphanumeric" },
  { accessorKey: "user", header: "User", sortFn: "alphanumeric" },
  { accessorKey: "state", header: "State", sortFn: "alphanumeric" },
  { accessorKey: "threads", header: "Threads", sortFn: "basic", sortDescFirst: true },
  {
    accessorKey: "cpu",
    header: "CPU",
    sortFn: "basic",
    sortDescFirst: true,
    cell: ({ row }) => <Share share={row.original.cpu} text={formatValue(row.original.cpu, "%")} />,
  },
  {
    accessorKey: "memory_bytes",
    header: "Memory",
    sortFn: "basic",
    sortDescFirst: true,
    cell: ({ row }) => formatValue(row.original.memory_bytes, "By"),
  },
];

const NUMBERS = new Set(["pid", "threads", "cpu", "memory_bytes"]);
const DESK_ONLY = new Set(["user", "state", "threads", "pid"]);
const NO_PROCESSES: Process[] = [];

/** The processes that use most, live; 100 % is one core. */
export function ProcessTable({ feed }: { feed: AgentFeed }) {
  const list = useSignal(feed.processList);
  const [sorting, setSorting] = useState<SortingState>([{ id: "cpu", desc: true }]);
  const table = useTable({
    features,
    columns,
    data: list?.items ?? NO_PROCESSES,
    getRowId: (process) => String(process.pid),
    state: { sorting },
    onSortingChange: setSorting,
    enableSortingRemoval: false,
  });
  if (list === null || list.items.length === 0) return null;
  return (
    <div className="card mb-3 min-w-0 overflow-clip">
      <h3 className="flex min-h-9 items-center px-3.5 pt-1.5 font-medium">Top processes</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it */}
      <section className="max-h-80 overflow-auto" tabIndex={0} aria-label="Top processes">
        <table className="w-full border-collapse text-xs">
          <thead className="sticky top-0 bg-surface text-muted">
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id}>
                {group.headers.map((header) => {
                  const order = header.column.getIsSorted();
                  return (
                    <th
                      key={header.id}
                      scope="col"
                      aria-sort={order === false ? undefined : order === "asc" ? "ascending" : "descending"}
                      className={cn("border-b px-3.5 font-medium", cellClass(header.column.id))}
                    >
                      <button
                        type="button"
                        onClick={header.column.getToggleSortingHandler()}
                        className="touch inline-flex h-8 items-center gap-1 hover:text-text"
                      >
                        <FlexRender header={header} />
                        {order === "asc" && <ArrowUp className="size-3" aria-hidden />}
                        {order === "desc" && <ArrowDown className="size-3" aria-hidden />}
                      </button>
                    </th>
                  );
                })}
              </tr>
            ))}
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => (
              <tr key={row.id} className="border-b last:border-b-0 hover:bg-raised/60">
                {row.getAllCells().map((cell) => (
                  <td key={cell.id} className={cn("h-8 px-3.5", cellClass(cell.column.id))}>
                    <FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function cellClass(column: string): string {
  return cn(
    NUMBERS.has(column) ? "tnum text-right whitespace-nowrap" : "max-w-48 truncate text-left",
    column === "name" && "font-medium",
    DESK_ONLY.has(column) && "max-sm:hidden",
  );
}

function Share({ share, text }: { share: number; text: string }) {
  return (
    <span className="flex items-center justify-end gap-2.5">
      <Meter value={share} className="w-14" />
      <span className="w-12">{text}</span>
    </span>
  );
}
