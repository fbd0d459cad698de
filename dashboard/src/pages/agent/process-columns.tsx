import { t } from "@lingui/core/macro";
import type { Process, ProcessUse, RecordedProcess } from "@/api/types";
import { Meter } from "@/components/meter";
import type { Ranking } from "@/lib/process-view";
import { formatInstant } from "@/lib/time";
import { duration, formatValue } from "@/lib/units";
import type { UsageColumn } from "./usage-table";

/** What every table of processes tells first; the owner and the id stand under the name where there is little room. */
interface Named {
  pid: number;
  name: string;
  user: string;
}

/** The id, and the name and owner, of a process: alike in all tables. A phone shows the note below the id. */
function identity<Row extends Named>(note?: (row: Row) => string): UsageColumn<Row>[] {
  return [
    {
      id: "name",
      accessorFn: ({ name }) => name,
      header: t`Process`,
      sortFn: "alphanumeric",
      cell: ({ row }) => <Name process={row.original} note={note?.(row.original) ?? ""} />,
    },
    { id: "pid", accessorFn: ({ pid }) => pid, header: "PID", sortFn: "basic" },
    { id: "user", accessorFn: ({ user }) => user, header: t`User`, sortFn: "alphanumeric" },
  ];
}

/** A column of figures, largest first. */
function figure<Row extends Named>(
  id: string,
  header: string,
  value: (row: Row) => number,
  text: (value: number) => string,
): UsageColumn<Row> {
  return {
    id,
    accessorFn: value,
    header,
    sortFn: "basic",
    sortDescFirst: true,
    cell: ({ row }) => text(value(row.original)),
  };
}

const share = (value: number) => formatValue(value, "%");
const bytes = (value: number) => formatValue(value, "By");
const rate = (value: number) => (value === 0 ? "–" : formatValue(value, "By/s"));

/** What the processes at one moment use; 100 % is one core. */
const momentFigures = <Row extends Process>(): UsageColumn<Row>[] => [
  { id: "state", accessorFn: ({ state }) => state, header: t`State`, sortFn: "alphanumeric" },
  { id: "threads", accessorFn: ({ threads }) => threads, header: t`Threads`, sortFn: "basic", sortDescFirst: true },
  {
    id: "cpu",
    accessorFn: ({ cpu }) => cpu,
    header: "CPU",
    sortFn: "basic",
    sortDescFirst: true,
    cell: ({ row }) => <Share share={row.original.cpu} />,
  },
  figure("memory_bytes", t`Memory`, (row) => row.memory_bytes, bytes),
  figure("read_bytes", t({ message: "Read", context: "bytes" }), (row) => row.read_bytes, rate),
  figure("write_bytes", t({ message: "Written", context: "bytes" }), (row) => row.write_bytes, rate),
];

/** The columns of the processes at one moment. */
export const MOMENT_COLUMNS: UsageColumn<Process>[] = [...identity<Process>(), ...momentFigures<Process>()];
export const MOMENT_DESK_ONLY: ReadonlySet<string> = new Set([
  ...["user", "pid", "parent", "state", "threads"],
  ...["read_bytes", "write_bytes"],
]);

/** The columns of the processes of one recorded look; `starter` tells who started a process. */
export function recordedColumns(starter: (process: RecordedProcess) => string): UsageColumn<RecordedProcess>[] {
  return [
    ...identity<RecordedProcess>((row) => t`from ${{ starter: starter(row) }}`),
    { id: "parent", accessorFn: starter, header: t`Started by`, sortFn: "alphanumeric" },
    ...momentFigures<RecordedProcess>(),
  ];
}

type Figures = [mean: UsageColumn<ProcessUse>, max: UsageColumn<ProcessUse>, ...total: UsageColumn<ProcessUse>[]];

const FIGURES: Record<Ranking, Figures> = {
  cpu: [
    figure("mean", t`Average`, (row) => row.cpu_mean, share),
    figure("max", t`Highest`, (row) => row.cpu_max, share),
    figure(
      "total",
      t`CPU time`,
      (row) => row.cpu_seconds,
      (value) => formatValue(value, "s"),
    ),
  ],
  memory: [
    figure("mean", t`Average`, (row) => row.memory_bytes_mean, bytes),
    figure("total", t`Highest`, (row) => row.memory_bytes_max, bytes),
  ],
  read: [
    figure("mean", t`Average`, (row) => (row.seconds === 0 ? 0 : row.read_bytes / row.seconds), rate),
    figure("max", t`Highest`, (row) => row.read_max, rate),
    figure("total", t({ message: "Read", context: "bytes" }), (row) => row.read_bytes, bytes),
  ],
  write: [
    figure("mean", t`Average`, (row) => (row.seconds === 0 ? 0 : row.write_bytes / row.seconds), rate),
    figure("max", t`Highest`, (row) => row.write_max, rate),
    figure("total", t({ message: "Written", context: "bytes" }), (row) => row.write_bytes, bytes),
  ],
};

/**
 * The columns of the processes over a time of so many seconds, ranked by one resource; "total" is what ranks them.
 *
 * When a process peaked leads to the moment.
 */
export function rangeColumns(
  ranking: Ranking,
  windowSeconds: number,
  onMoment: (time: number) => void,
): UsageColumn<ProcessUse>[] {
  return [
    ...identity<ProcessUse>(),
    {
      accessorKey: "peak",
      header: t`Peaked at`,
      sortFn: "basic",
      sortDescFirst: true,
      cell: ({ row: { original } }) => (
        <button
          type="button"
          className="touch text-accent hover:underline"
          title={t`Show the processes at this moment`}
          onClick={() => onMoment(original.peak)}
        >
          {formatInstant(original.peak, windowSeconds)}
        </button>
      ),
    },
    figure("seconds", t`Seen for`, (row) => row.seconds, duration),
    ...FIGURES[ranking],
  ];
}
export const RANGE_DESK_ONLY: ReadonlySet<string> = new Set(["user", "pid", "seconds", "mean", "max"]);

function Name({ process: { name, user, pid }, note }: { process: Named; note: string }) {
  return (
    <span className="block max-sm:py-1.5">
      <span className="block truncate" title={name}>
        {name}
      </span>
      <span className="tnum block truncate font-normal text-muted sm:hidden">
        {user} · {pid}
      </span>
      {note !== "" && <span className="block truncate font-normal text-muted sm:hidden">{note}</span>}
    </span>
  );
}

function Share({ share: value }: { share: number }) {
  return (
    <span className="flex items-center justify-end gap-2.5">
      <Meter value={value} className="w-14 max-sm:w-8" />
      <span className="min-w-12">{share(value)}</span>
    </span>
  );
}
