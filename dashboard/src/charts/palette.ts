/** Colours of the theme that charts use, by the names of their CSS variables. */
export const SERIES_COLORS = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"] as const;
export type SeriesColor = (typeof SERIES_COLORS)[number];

/** The present value of a theme colour, such as "#2f6fed". A canvas cannot read CSS variables itself. */
export function readColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A #rrggbb colour with an opacity from 0 to 1. */
export function withAlpha(hex: string, alpha: number): string {
  return `${hex}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0")}`;
}

/** Calls back when the theme has changed; returns what ends that. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}

function channels(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/**
 * A ramp of `size` colours through the given #rrggbb stops, evenly spaced, as CSS colours.
 */
export function colorRamp(stops: readonly string[], size: number): string[] {
  const points = stops.map(channels);
  return Array.from({ length: size }, (_, index) => {
    const position = (index / (size - 1)) * (points.length - 1);
    const lower = points[Math.floor(position)] ?? [0, 0, 0];
    const upper = points[Math.ceil(position)] ?? lower;
    const share = position - Math.floor(position);
    const mixed = lower.map((value, channel) => Math.round(value + ((upper[channel] ?? value) - value) * share));
    return `rgb(${mixed.join(" ")})`;
  });
}

/** How light an `rgb(r g b)` colour is, from 0 to 1, as WCAG 2 counts it. */
export function relativeLuminance(rgb: string): number {
  const [red = 0, green = 0, blue = 0] = (rgb.match(/\d+/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
