/** A threshold of a rule: its value is in base units (1, seconds, bytes; a share of 1). */
interface Amount {
  value: number;
  unit?: string;
  per_second?: boolean;
}

export interface Unit {
  name: string;
  /** In base units. */
  size: number;
}

const UNITS: Record<string, readonly Unit[]> = {
  "": [{ name: "", size: 1 }],
  "%": [{ name: "%", size: 0.01 }],
  s: [
    { name: "ms", size: 0.001 },
    { name: "s", size: 1 },
    { name: "min", size: 60 },
    { name: "h", size: 3600 },
  ],
  B: [
    { name: "B", size: 1 },
    { name: "KiB", size: 2 ** 10 },
    { name: "MiB", size: 2 ** 20 },
    { name: "GiB", size: 2 ** 30 },
    { name: "TiB", size: 2 ** 40 },
  ],
};

/** The units in which a threshold of this kind can be given. */
export function unitsOf({ unit = "", per_second: perSecond = false }: Amount): Unit[] {
  const units = UNITS[unit] ?? [{ name: unit, size: 1 }];
  return units.map(({ name, size }) => ({ name: perSecond ? `${name}/s` : name, size }));
}

/** The largest unit of which the threshold is at least one whole. */
export function bestUnit(amount: Amount): Unit {
  const units = unitsOf(amount);
  return units.findLast(({ size }) => Math.abs(amount.value) >= size) ?? units[0] ?? { name: "", size: 1 };
}

/** A number in a unit as base units, and back, without the noise of binary fractions. */
export const toBase = (number: number, unit: Unit): number => Number((number * unit.size).toPrecision(12));
export const fromBase = (value: number, unit: Unit): number => Number((value / unit.size).toPrecision(12));
