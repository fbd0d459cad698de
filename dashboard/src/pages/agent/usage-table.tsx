import {
  type ColumnDef,
  createSortedRowModel,
  FlexRender,
  type RowData,
  rowSortingFeature,
  type SortingState,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useState } from "react";
import { cn } from "@/lib/cn";

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic, alphanumeric: sortFn_alphanumeric },
});

export type UsageColumn<Row extends RowData> = ColumnDef<typeof features, Row>;

const TEXTS = new Set(["name", "user", "state", "parent"]);

interface UsageTableProps<Row extends RowData> {
  label: string;
  columns: UsageColumn<Row>[];
  rows: Row[];
  rowId: (row: Row) => string;
  /** The column that is the largest first until another is chosen. */
  sortedBy: string;
  /** Columns that a phone has no room for. */
  deskOnly: ReadonlySet<string>;
  className?: string;
}

/** A table of what uses a machine; press a column's title to sort by it. */
export function UsageTable<Row extends RowData>(props: UsageTableProps<Row>) {
  const { label, columns, rows, rowId, sortedBy, deskOnly, className } = props;
  const [sorting, setSorting] = useState<SortingState>([{ id: sortedBy, desc: true }]);
  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: rowId,
    state: { sorting },
    onSortingChange: setSorting,
    enableSortingRemoval: false,
  });
  const cellClass = (column: string) =>
    cn(
      TEXTS.has(column) ? "max-w-48 truncate text-start" : "tnum whitespace-nowrap text-end",
      column === "name" && "font-medium",
      deskOnly.has(column) && "max-sm:hidden",
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it
    <section className={cn("max-h-96 overflow-auto", className)} tabIndex={0} aria-label={label}>
      <table className="w-full border-collapse text-xs">
        <thead className="sticky top-0 z-10 bg-surface text-muted">
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
  );
}
