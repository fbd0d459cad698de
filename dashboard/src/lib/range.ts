import { momentParam } from "./search-params";

/** The time control's presets, shortest first. */
export const PRESETS = [
  { name: "5m", seconds: 300 },
  { name: "15m", seconds: 900 },
  { name: "1h", seconds: 3600 },
  { name: "6h", seconds: 21_600 },
  { name: "24h", seconds: 86_400 },
  { name: "7d", seconds: 604_800 },
  { name: "30d", seconds: 2_592_000 },
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
/** The longest window that zooming out makes: five years. */
const MAX_WINDOW = 5 * 365 * 86_400;

/** Reads the range out of untrusted URL parameters; what makes no sense is left out. */
export function parseRange(search: Record<string, unknown>): RangeSearch {
  const from = momentParam(search.from);
  const to = momentParam(search.to);
  if (from !== undefined && to !== undefined && to - from >= MIN_WINDOW) {
    const fixed: RangeSearch = { from, to };
    return isPreset(search.range) ? { ...fixed, range: search.range } : fixed;
  }
  return isPreset(search.range) ? { range: search.range } : {};
}

function isPreset(name: unknown): name is PresetName {
  return PRESETS.some((preset) => preset.name === name);
}

/** Which time an address names, without what else stands in it. */
export function rangeOf({ range, from, to }: RangeSearch): RangeSearch {
  return {
    ...(range !== undefined && { range }),
    ...(from !== undefined && to !== undefined && { from, to }),
  };
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

/** What a page's address holds, with another range. */
export function withRange<Search extends RangeSearch>(search: Search, next: RangeSearch): Search {
  const { range: _range, from: _from, to: _to, ...others } = search;
  return { ...others, ...next } as Search;
}

/** The range that stands still at a window, and remembers the preset to go on with. */
export function fixedAt(search: RangeSearch, { from, to }: TimeWindow): RangeSearch {
  return { range: search.range ?? DEFAULT_PRESET, from: Math.floor(from), to: Math.ceil(to) };
}

/**
 * Twice as much time: the next longer preset while live, else around the same middle, but no future that was not shown.
 * Null when there is no more.
 */
export function zoomedOut(search: RangeSearch, now: number): RangeSearch | null {
  if (isLive(search)) {
    const longer = PRESETS.find(({ seconds }) => seconds > rangeSeconds(search));
    return longer === undefined ? null : { range: longer.name };
  }
  const { from, to } = windowAt(search, now);
  const length = (to - from) * 2;
  if (length > MAX_WINDOW) return null;
  const end = Math.min(to + length / 4, Math.max(to, now));
  return fixedAt(search, { from: end - length, to: end });
}

/**
 * The window moved by half of its length, back (-1) or forward (1). Forward it ends at the present, and is live there;
 * what is left of less than a quarter is not worth another step.
 */
export function stepped(search: RangeSearch, window: TimeWindow, direction: -1 | 1, now: number): RangeSearch {
  const length = window.to - window.from;
  const to = window.to + (direction * length) / 2;
  if (direction === -1 || now - to > length / 4) return fixedAt(search, { from: to - length, to });
  const preset = PRESETS.find(({ seconds }) => Math.abs(seconds - length) <= 2);
  if (preset !== undefined) return { range: preset.name };
  const end = Math.max(window.to, now);
  return fixedAt(search, { from: end - length, to: end });
}

/** How many points to ask for: one a pixel, but always every second of a window that is short enough to afford it. */
export function pointsFor(windowSeconds: number, pixels: number): number {
  const wanted = Math.min(1000, Math.max(200, Math.round(pixels)));
  return windowSeconds <= 1000 ? Math.max(wanted, Math.ceil(windowSeconds) + 1) : wanted;
}
