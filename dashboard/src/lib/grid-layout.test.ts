import { describe, expect, it } from "vitest";
import {
  compacted,
  freePlace,
  inReadingOrder,
  type Placed,
  placed,
  reordered,
  type Step,
  stepped,
  within,
} from "./grid-layout";

/** Items as "id: x y w h". */
const read = (...lines: string[]): Placed[] =>
  lines.map((line) => {
    const [id = 0, x = 0, y = 0, w = 0, h = 0] = line.split(/\D+/).map(Number);
    return { id, grid: { x, y, w, h } };
  });
const written = (items: readonly Placed[]) =>
  inReadingOrder(items).map(({ id, grid: { x, y, w, h } }) => `${id}: ${x} ${y} ${w} ${h}`);

const STACK = read("1: 0 0 6 4", "2: 6 0 6 4", "3: 0 4 12 3");

function overlapping(items: readonly Placed[]): boolean {
  return items.some((one, at) =>
    items
      .slice(at + 1)
      .some(
        ({ grid: b }) =>
          one.grid.x < b.x + b.w &&
          b.x < one.grid.x + one.grid.w &&
          one.grid.y < b.y + b.h &&
          b.y < one.grid.y + one.grid.h,
      ),
  );
}

describe("a grid", () => {
  it("closes holes without changing the order", () => {
    expect(written(compacted(read("1: 0 5 4 2", "2: 0 9 4 2", "3: 6 3 6 2")))).toEqual([
      "1: 0 0 4 2",
      "3: 6 0 6 2",
      "2: 0 2 4 2",
    ]);
  });

  it("keeps what is wished within its columns and sizes", () => {
    expect(within({ x: 11, y: -3, w: 5, h: 1 })).toEqual({ x: 7, y: 0, w: 5, h: 2 });
    expect(within({ x: -1.4, y: 2.6, w: 40, h: 90 })).toEqual({ x: 0, y: 3, w: 12, h: 24 });
  });

  it("lets others make room for what is dragged, beyond their middle", () => {
    const moved = (y: number) => written(placed(STACK, 3, { x: 0, y, w: 12, h: 3 }));
    expect(moved(3)).toEqual(["1: 0 0 6 4", "2: 6 0 6 4", "3: 0 4 12 3"]);
    expect(moved(1)).toEqual(["3: 0 0 12 3", "1: 0 3 6 4", "2: 6 3 6 4"]);
    expect(written(placed(STACK, 1, { x: 0, y: 2, w: 6, h: 4 }))).toEqual(["2: 6 0 6 4", "3: 0 4 12 3", "1: 0 7 6 4"]);
  });

  it("grows and shrinks, and pushes what is in the way", () => {
    expect(written(placed(STACK, 1, { x: 0, y: 0, w: 8, h: 5 }))).toEqual(["1: 0 0 8 5", "2: 6 5 6 4", "3: 0 9 12 3"]);
  });

  it("takes steps by key, each of which leads somewhere or changes nothing", () => {
    const step = (id: number, ...steps: Step[]) =>
      written(steps.reduce((items, one) => stepped(items, id, one), STACK));
    expect(step(3, "up")).toEqual(["3: 0 0 12 3", "1: 0 3 6 4", "2: 6 3 6 4"]);
    expect(step(1, "down")).toEqual(["2: 6 0 6 4", "3: 0 4 12 3", "1: 0 7 6 4"]);
    expect(step(1, "down", "up", "up")).toContain("1: 0 0 6 4");
    expect(step(2, "narrower", "right")).toContain("2: 7 0 5 4");
    expect(step(3, "shorter", "taller", "taller")).toContain("3: 0 4 12 4");
    for (const nowhere of ["left", "up"] as const) expect(stepped(STACK, 1, nowhere)).toEqual(STACK);
    expect(step(3, "wider", "down", "right")).toEqual(written(STACK));
  });

  it("never lets panels overlap, whatever is done", () => {
    let [seed, items] = [7, read("1: 0 0 3 2", "2: 3 0 9 4", "3: 0 4 4 6", "4: 4 4 8 3", "5: 6 9 2 2")];
    const random = (below: number) => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed % below;
    };
    for (let turn = 0; turn < 500; turn += 1) {
      const id = 1 + random(5);
      const wish = { x: random(14) - 1, y: random(16), w: 1 + random(13), h: 1 + random(8) };
      items = turn % 3 === 0 ? reordered(items, id, random(2) === 0 ? 1 : -1) : placed(items, id, wish);
      expect(overlapping(items), written(items).join("\n")).toBe(false);
      expect(items.every(({ grid }) => grid.x >= 0 && grid.x + grid.w <= 12 && grid.h >= 2)).toBe(true);
    }
  });

  it("moves through the list that a phone shows", () => {
    const ids = (items: readonly Placed[]) => inReadingOrder(items).map(({ id }) => id);
    expect(ids(reordered(STACK, 2, -1))).toEqual([2, 1, 3]);
    expect(ids(reordered(STACK, 1, 1))).toEqual([2, 1, 3]);
    expect(ids(reordered(STACK, 1, -1))).toEqual([1, 2, 3]);
    expect(ids(reordered(STACK, 3, 1))).toEqual([1, 2, 3]);
    expect(ids(reordered(STACK, 3, -1)).indexOf(3)).toBeLessThan(2);
  });

  it("finds room for what is added", () => {
    expect(freePlace([], 6, 5)).toEqual({ x: 0, y: 0, w: 6, h: 5 });
    expect(freePlace(read("1: 0 0 4 4"), 6, 5)).toEqual({ x: 4, y: 0, w: 6, h: 5 });
    expect(freePlace(STACK, 3, 2)).toEqual({ x: 0, y: 7, w: 3, h: 2 });
  });
});
