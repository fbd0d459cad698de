// Logarithmic value axes: where they end, and where their labels stand.
import type { DisplayUnit } from "@/lib/units";

/** More labels than this would touch each other. */
const MOST_TICKS = 6;
/** Rounding errors of logarithms are below this. */
const EXACT = 1e-9;
const MANTISSAS = [1, 2, 5] as const;

function isBinary(unit: DisplayUnit): boolean {
  return unit.startsWith("By");
}

/** The round number at or below a value above zero: 1, 2 or 5 times a power of ten, of bytes a power of two. */
function roundDown(value: number, binary: boolean): number {
  if (binary) return 2 ** Math.floor(Math.log2(value) + EXACT);
  const power = 10 ** Math.floor(Math.log10(value) + EXACT);
  return power * (MANTISSAS.findLast((mantissa) => value / power >= mantissa - EXACT) ?? 1);
}

function roundUp(value: number, binary: boolean): number {
  if (binary) return 2 ** Math.ceil(Math.log2(value) - EXACT);
  const power = 10 ** Math.floor(Math.log10(value) + EXACT);
  return power * (MANTISSAS.find((mantissa) => value / power <= mantissa + EXACT) ?? 10);
}

/**
 * The ends of the axis around values above zero; an axis with nothing on it reaches from 1 to 10.
 *
 * @param fixedTop where the axis always ends, unless values go beyond it.
 */
export function logRange(low: number, high: number, unit: DisplayUnit, fixedTop: number | null): [number, number] {
  if (!(low > 0 && high > 0)) return fixedTop === null ? [1, 10] : [fixedTop / 100, fixedTop];
  const binary = isBinary(unit);
  const from = roundDown(low, binary);
  const top = fixedTop !== null && high <= fixedTop * 1.001 ? fixedTop : roundUp(high, binary);
  return [from, top > from ? top : from * (binary ? 4 : 10)];
}

/** Where labels stand between the ends: as dense as there is room for, always on round numbers. */
export function logTicks(low: number, high: number, unit: DisplayUnit): number[] {
  const base = isBinary(unit) ? 2 : 10;
  const first = Math.ceil(Math.log(low) / Math.log(base) - EXACT);
  const last = Math.floor(Math.log(high) / Math.log(base) + EXACT);
  if (base === 10) {
    const fine = Array.from({ length: last - first + 2 }, (_, index) => first - 1 + index)
      .flatMap((power) => MANTISSAS.map((mantissa) => mantissa * 10 ** power))
      .filter((tick) => tick >= low * (1 - EXACT) && tick <= high * (1 + EXACT));
    if (fine.length <= MOST_TICKS) return fine;
  }
  // Of bytes ten powers of two are one prefix, and half of that reads well, too.
  const strides = base === 2 ? [1, 2, 5, 10, 20] : [1, 2, 3, 6];
  const stride = strides.find((one) => Math.floor((last - first) / one) < MOST_TICKS) ?? 12;
  const begin = Math.ceil(first / stride) * stride;
  return Array.from(
    { length: Math.floor((last - begin) / stride) + 1 },
    (_, index) => base ** (begin + index * stride),
  );
}
