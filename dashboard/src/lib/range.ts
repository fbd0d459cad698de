/** The time control's presets, shortest first. */
export const PRESETS = [
  { name: "5m", seconds: 300 },
  { name: "15m", seconds: 900 },
  { name: "1h", seconds: 3600 },
  { name: "6h", seconds: 21_600 },
  { name: "24h", seconds: 86_400 },
  { name: "7d", seconds: 604_800 },
] as const;

export type PresetName = (typeof PRESETS)[number]["name"];
export const DEFAULT_PRESET: PresetName = "5m";

/** What the URL holds: a preset that follows the present, or a fixed window in Unix seconds. */
export interface RangeSearch {
  range?: PresetName;
  from?: number;
  to?: number;
}

export interface TimeWindow {
  from: number;
  to: number;
}

/** The shortest window that a drag or the form can select, in seconds. */
export const MIN_WINDOW = 5;

/** Reads the range out of untrusted URL parameters; what makes no sense is left out. */
export function parseRange(search: Record<string, unknown>): RangeSearch {
  const from = Number(search.from);
  const to = Number(search.to);
  if (search.from !== undefined && search.to !== undefined && Number.isFinite(from) && to - from >= MIN_WINDOW) {
    const fixed: RangeSearch = { from, to };
    return isPreset(search.range) ? { ...fixed, range: search.range } : fixed;
  }
  return isPreset(search.range) ? { range: search.range } : {};
}

function isPreset(name: unknown): name is PresetName {
  return PRESETS.some((preset) => preset.name === name);
}

/** Whether the range follows the present. */
export function isLive(search: RangeSearch): boolean {
  return search.from === undefined || search.to === undefined;
}

/** Seconds that the range covers. */
export function rangeSeconds(search: RangeSearch): number {
  if (search.from !== undefined && search.to !== undefined) return search.to - search.from;
  const name = search.range ?? DEFAULT_PRESET;
  return PRESETS.find((preset) => preset.name === name)?.seconds ?? 300;
}

/** The window to show at `now` (Unix seconds, the hub's clock). */
export function windowAt(search: RangeSearch, now: number): TimeWindow {
  if (search.from !== undefined && search.to !== undefined) return { from: search.from, to: search.to };
  return { from: now - rangeSeconds(search), to: now };
}

/**
 * The window selected by a drag, ordered, whole seconds, at least MIN_WINDOW long around its middle.
 */
export function zoomWindow(first: number, second: number): TimeWindow {
  const from = Math.floor(Math.min(first, second));
  const to = Math.ceil(Math.max(first, second));
  if (to - from >= MIN_WINDOW) return { from, to };
  const middle = Math.round((from + to) / 2);
  return { from: middle - Math.floor(MIN_WINDOW / 2), to: middle + Math.ceil(MIN_WINDOW / 2) };
}

/** How many points to ask for: one a pixel, but always every second of a window that is short enough to afford it. */
export function pointsFor(windowSeconds: number, pixels: number): number {
  const wanted = Math.min(1000, Math.max(200, Math.round(pixels)));
  return windowSeconds <= 1000 ? Math.max(wanted, Math.ceil(windowSeconds) + 1) : wanted;
}
