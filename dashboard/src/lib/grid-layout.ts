// Where panels stand on a grid of twelve columns. In reading order each goes as high as its columns allow: a skyline.

export const COLUMNS = 12;
export const MIN_SIZE = 2;
export const MAX_HEIGHT = 24;

/** Cells from the left and from the top, and how many. */
export interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Placed {
  id: number;
  grid: Place;
}

/** A step by which the keyboard and buttons change a place. */
export type Step = "left" | "right" | "up" | "down" | "wider" | "narrower" | "taller" | "shorter";

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/** A place within the grid that is near the one wished for. */
export function within({ x, y, w, h }: Place): Place {
  const width = clamp(Math.round(w), MIN_SIZE, COLUMNS);
  return {
    x: clamp(Math.round(x), 0, COLUMNS - width),
    y: Math.max(0, Math.round(y)),
    w: width,
    h: clamp(Math.round(h), MIN_SIZE, MAX_HEIGHT),
  };
}

/** As people read: line by line. */
export function inReadingOrder<Item extends Placed>(items: readonly Item[]): Item[] {
  return [...items].sort((one, other) => one.grid.y - other.grid.y || one.grid.x - other.grid.x);
}

/** How many rows are taken. */
export function rowsOf(items: readonly Placed[]): number {
  return items.reduce((rows, { grid }) => Math.max(rows, grid.y + grid.h), 0);
}

class Skyline {
  private readonly heights = new Array<number>(COLUMNS).fill(0);

  /** How high something of these columns can go. */
  top(x: number, w: number): number {
    return Math.max(...this.heights.slice(x, x + w));
  }

  put({ x, y, w, h }: Place): void {
    this.heights.fill(y + h, x, x + w);
  }
}

/** Lets each of a list go as high as it can, one after the other. */
function settled<Item extends Placed>(ordered: readonly Item[]): Item[] {
  const skyline = new Skyline();
  return ordered.map((item) => {
    const grid = { ...item.grid, y: skyline.top(item.grid.x, item.grid.w) };
    skyline.put(grid);
    return { ...item, grid };
  });
}

/** The items without holes above them. */
export function compacted<Item extends Placed>(items: readonly Item[]): Item[] {
  return settled(inReadingOrder(items));
}

const shareColumns = (one: Place, other: Place) => one.x < other.x + other.w && other.x < one.x + one.w;

/**
 * Puts an item to another place and lets the others make room. It passes another one as soon as its edge is beyond the
 * middle of that.
 */
export function placed<Item extends Placed>(items: readonly Item[], id: number, wished: Place): Item[] {
  const item = items.find((one) => one.id === id);
  if (item === undefined) return [...items];
  const grid = within(wished);
  const edge = grid.y > item.grid.y ? grid.y + grid.h : grid.y;
  const others = inReadingOrder(items.filter((one) => one.id !== id));
  const before = others.findIndex((one) => shareColumns(one.grid, grid) && one.grid.y + one.grid.h / 2 >= edge);
  return settled(others.toSpliced(before === -1 ? others.length : before, 0, { ...item, grid }));
}

/** What a step makes of the items; the same items where it leads nowhere. */
export function stepped<Item extends Placed>(items: readonly Item[], id: number, step: Step): Item[] {
  const item = items.find((one) => one.id === id);
  if (item === undefined) return [...items];
  const { grid } = item;
  const next = compacted(placed(items, id, wishedBy(items, item, step)));
  const same = inReadingOrder(items).every((one, at) => {
    const { id: other, grid: there } = next[at] ?? { id: -1, grid };
    return one.id === other && one.grid.x === there.x && one.grid.y === there.y && sameSize(one.grid, there);
  });
  return same ? [...items] : next;
}

const sameSize = (one: Place, other: Place) => one.w === other.w && one.h === other.h;

function wishedBy(items: readonly Placed[], { id, grid }: Placed, step: Step): Place {
  const neighbours = items.filter((one) => one.id !== id && shareColumns(one.grid, grid));
  switch (step) {
    case "left":
      return { ...grid, x: grid.x - 1 };
    case "right":
      return { ...grid, x: grid.x + 1 };
    case "up":
      return { ...grid, y: Math.max(0, ...neighbours.map((one) => one.grid.y).filter((y) => y < grid.y)) };
    case "down": {
      const below = neighbours.filter((one) => one.grid.y > grid.y).map((one) => one.grid.y + one.grid.h);
      return below.length === 0 ? grid : { ...grid, y: Math.max(grid.y + 1, Math.min(...below) - grid.h) };
    }
    case "wider":
      return { ...grid, x: Math.min(grid.x, COLUMNS - Math.min(COLUMNS, grid.w + 1)), w: grid.w + 1 };
    case "narrower":
      return { ...grid, w: grid.w - 1 };
    case "taller":
      return { ...grid, h: grid.h + 1 };
    case "shorter":
      return { ...grid, h: grid.h - 1 };
  }
}

/** Moves an item before the one that is read before it, or behind the next one, as in a list. */
export function reordered<Item extends Placed>(items: readonly Item[], id: number, direction: -1 | 1): Item[] {
  const order = inReadingOrder(items);
  const at = order.findIndex((one) => one.id === id);
  const first = order[direction === -1 ? at - 1 : at];
  const second = order[direction === -1 ? at : at + 1];
  if (at === -1 || first === undefined || second === undefined) return [...items];
  if (first.grid.y === second.grid.y) {
    // Side by side they change sides.
    const swapped = order.map((one) => {
      if (one === second) return { ...one, grid: { ...one.grid, x: first.grid.x } };
      if (one === first) return { ...one, grid: { ...one.grid, x: second.grid.x + second.grid.w - one.grid.w } };
      return one;
    });
    return compacted(swapped);
  }
  const { x, y } = first.grid;
  return compacted(placed(items, second.id, { ...second.grid, x: Math.min(x, COLUMNS - second.grid.w), y }));
}

/** The highest place with room for so many cells, and of these the leftmost. */
export function freePlace(items: readonly Placed[], w: number, h: number): Place {
  const skyline = new Skyline();
  for (const { grid } of compacted(items)) skyline.put(grid);
  let best: Place = { x: 0, y: Number.POSITIVE_INFINITY, w, h };
  for (let x = 0; x + w <= COLUMNS; x += 1) {
    const y = skyline.top(x, w);
    if (y < best.y) best = { x, y, w, h };
  }
  return best;
}
