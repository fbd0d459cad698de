// Where the cells of a heat map stand: groups one after the other, line by line, in the largest cells that leave it short.

/** A cell's width and height in pixels, its gap included. */
export interface CellSize {
  width: number;
  height: number;
}

/** From tiles that have room for a name to the smallest cells that can still be pointed at. */
const SIZES: readonly CellSize[] = [
  { width: 152, height: 52 },
  { width: 46, height: 46 },
  { width: 34, height: 34 },
  { width: 26, height: 26 },
  { width: 20, height: 20 },
  { width: 15, height: 15 },
  { width: 12, height: 12 },
  { width: 9, height: 9 },
];
/** Cells from this width on bear the name of what they show. */
export const NAMED_WIDTH = 100;
const TITLE_HEIGHT = 22;
/** A group is as wide as a short title needs, even with one agent in it. */
const MIN_GROUP_WIDTH = 132;
const GROUP_GAP = 14;

interface GroupPlace {
  left: number;
  top: number;
  width: number;
}

export interface HeatLayout {
  size: CellSize;
  height: number;
  /** Left and top edges of all cells, in the order of their groups. */
  lefts: Float32Array;
  tops: Float32Array;
  groups: GroupPlace[];
}

/** Places groups with so many cells into a width; without titles there is one group, and it has none. */
export function heatLayout(counts: readonly number[], width: number, wanted: number, titles: boolean): HeatLayout {
  const fitting = SIZES.filter((size) => size.width <= Math.max(width, 9));
  for (const size of fitting) {
    const layout = place(counts, width, size, titles);
    if (layout.height <= wanted || size === fitting.at(-1)) return layout;
  }
  return place(counts, width, { width: 9, height: 9 }, titles);
}

function place(counts: readonly number[], width: number, size: CellSize, titles: boolean): HeatLayout {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const [lefts, tops] = [new Float32Array(total), new Float32Array(total)];
  const most = Math.max(1, Math.floor(width / size.width));
  const title = titles ? TITLE_HEIGHT : 0;
  const groups: GroupPlace[] = [];
  let [left, top, lineHeight, cell] = [0, 0, 0, 0];
  for (const count of counts) {
    const columns = Math.min(most, Math.max(1, count));
    const wide = Math.min(width, Math.max(titles ? MIN_GROUP_WIDTH : 0, columns * size.width));
    if (left > 0 && left + wide > width) {
      top += lineHeight + GROUP_GAP;
      [left, lineHeight] = [0, 0];
    }
    groups.push({ left, top, width: wide });
    for (let at = 0; at < count; at += 1, cell += 1) {
      lefts[cell] = left + (at % columns) * size.width;
      tops[cell] = top + title + Math.floor(at / columns) * size.height;
    }
    lineHeight = Math.max(lineHeight, title + Math.ceil(count / columns) * size.height);
    left += wide + GROUP_GAP;
  }
  return { size, height: top + lineHeight, lefts, tops, groups };
}

/** The cell at a point, or null. */
export function cellAt({ lefts, tops, size }: HeatLayout, x: number, y: number): number | null {
  for (let cell = 0; cell < lefts.length; cell += 1) {
    const [left, top] = [lefts[cell] ?? 0, tops[cell] ?? 0];
    if (x >= left && x < left + size.width && y >= top && y < top + size.height) return cell;
  }
  return null;
}

/** Where a key leads to from a cell; the same cell where there is nothing further, null for keys without a meaning. */
export function cellAfter(layout: HeatLayout, cell: number, key: string): number | null {
  const last = layout.lefts.length - 1;
  if (key === "ArrowLeft") return Math.max(0, cell - 1);
  if (key === "ArrowRight") return Math.min(last, cell + 1);
  if (key === "Home") return 0;
  if (key === "End") return last;
  if (key === "ArrowUp" || key === "ArrowDown") return vertically(layout, cell, key === "ArrowUp" ? -1 : 1);
  return null;
}

/** The nearest cell of the next row up or down. */
function vertically({ lefts, tops }: HeatLayout, from: number, sign: -1 | 1): number {
  const [left, top] = [lefts[from] ?? 0, tops[from] ?? 0];
  let [found, rowGap, aside] = [from, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let cell = 0; cell < lefts.length; cell += 1) {
    const gap = ((tops[cell] ?? 0) - top) * sign;
    const off = Math.abs((lefts[cell] ?? 0) - left);
    if (gap > 0 && (gap < rowGap || (gap === rowGap && off < aside))) [found, rowGap, aside] = [cell, gap, off];
  }
  return found;
}
