import { withMark } from "./language";

/** A unit as shown: UCUM as in the catalogue, or "%" for a ratio that people read as a percentage. */
export type DisplayUnit = string;

const IEC = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;
const SI = ["", "k", "M", "G", "T"] as const;
const NONE = "–";

/** Metrics with the UCUM unit `1` that are a fraction of a whole (0 to 1), by the ends of their names. */
const RATIO_ENDINGS = [
  ".utilization",
  "_utilization",
  ".io_time",
  ".operation_time",
  ".stall_time",
  ".pressure.average",
  ".sync.progress",
  ".battery.charge",
  ".physical_disk.spare",
];

/** The unit to show a metric in: ratios of a whole become per cent, everything else stays UCUM. */
export function displayUnit(metric: string, unit: string): DisplayUnit {
  const ratio = (unit === "1" || unit === "s/s") && RATIO_ENDINGS.some((ending) => metric.endsWith(ending));
  return ratio ? "%" : unit;
}

function digits(value: number, significant: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  const before = size < 1 ? 1 : Math.floor(Math.log10(size)) + 1;
  return withMark(value.toFixed(Math.max(0, significant - before)));
}

function scaled(value: number, base: number, names: readonly string[], significant: number): [string, string] {
  let rest = value;
  let power = 0;
  // 999.5 would be written as "1000": the next prefix starts where rounding would need a fourth digit.
  while (Math.abs(rest) >= (base === 1000 ? 999.5 : 1023.5) && power < names.length - 1) {
    rest /= base;
    power += 1;
  }
  const whole = power === 0 && Number.isInteger(value);
  return [whole ? String(rest) : digits(rest, significant), names[power] ?? ""];
}

/** One decimal tells enough of a share; only what would be rounded to nothing gets a second. */
function percent(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 99.95) return value.toFixed(0);
  return withMark(value.toFixed(size < 0.1 ? 2 : 1));
}

function seconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size < 1e-3) return `${digits(value * 1e6, 3)} µs`;
  if (size < 1) return `${digits(value * 1e3, 3)} ms`;
  if (size < 120) return `${digits(value, 3)} s`;
  return duration(value);
}

/** A count of a UCUM annotation: `{packet}/s` is shown as "/s", `{thread}` as nothing, "Cel" as itself. */
function suffix(unit: string): string {
  const bare = unit.replace(/\{[^}]*\}/g, "");
  return bare === "1" || bare === "" ? "" : bare;
}

/**
 * A sample as people read it, such as "12.4 MiB/s", "38.2 %", "1.25k/s".
 *
 * @param value in the unit given; NaN, null and undefined are shown as a dash, for no data is not zero.
 * @param unit UCUM, or "%" for a ratio from 0 to 1.
 */
export function formatValue(value: number | null | undefined, unit: DisplayUnit, significant = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (unit === "%") return `${percent(value * 100)} %`;
  if (unit === "By" || unit === "By/s") {
    const [number, prefix] = scaled(value, 1024, IEC, significant);
    return `${number} ${prefix}${unit === "By/s" ? "/s" : ""}`;
  }
  if (unit === "s") return seconds(value);
  const [number, prefix] = scaled(value, 1000, SI, significant);
  const end = suffix(unit);
  return `${number}${prefix}${end === "" || end.startsWith("/") ? end : ` ${end}`}`;
}

/** A length of time in its two largest units: "3 d 4 h", "12 min 5 s". Seconds in. */
export function duration(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const total = Math.max(0, Math.round(value));
  const parts: [number, string][] = [
    [Math.floor(total / 86_400), "d"],
    [Math.floor((total % 86_400) / 3600), "h"],
    [Math.floor((total % 3600) / 60), "min"],
    [total % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}`)
    .join(" ");
}

/** A number on an axis: as formatValue, without the zeros that say nothing ("20 %", not "20.0 %"). */
export function formatAxisValue(value: number, unit: DisplayUnit): string {
  return formatValue(value, unit).replace(/([.,]\d*?)0+(?=\D|$)/, (_, kept: string) => (kept.length === 1 ? "" : kept));
}
