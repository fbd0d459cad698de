import { describe, expect, it } from "vitest";
import { SlidingColumns } from "./columns";

function filled(limit: number, rows: number): SlidingColumns {
  const columns = new SlidingColumns(limit);
  for (let time = 1; time <= rows; time += 1) columns.set("a", columns.append(time), time * 10);
  return columns;
}

describe("SlidingColumns", () => {
  it("keeps rows in order and absent values absent", () => {
    const columns = filled(10, 3);
    columns.set("b", 1, 7);
    expect([...columns.times()]).toEqual([1, 2, 3]);
    expect([...(columns.values("a") ?? [])]).toEqual([10, 20, 30]);
    expect([...(columns.values("b") ?? [])]).toEqual([Number.NaN, 7, Number.NaN]);
    expect(columns.values("c")).toBeUndefined();
    expect(columns.lastTime).toBe(3);
  });

  it.each([4, 5, 9, 23])("holds the newest rows when %d have come into room for 4", (rows) => {
    const columns = filled(4, rows);
    expect([...columns.times()]).toEqual([rows - 3, rows - 2, rows - 1, rows]);
    expect([...(columns.values("a") ?? [])]).toEqual([rows - 3, rows - 2, rows - 1, rows].map((time) => time * 10));
  });

  it("leaves nothing of an old row in a new one", () => {
    const columns = filled(2, 9);
    columns.append(10);
    expect([...(columns.values("a") ?? [])]).toEqual([90, Number.NaN]);
  });

  it("refuses a time that does not follow", () => {
    const columns = filled(4, 2);
    expect(() => columns.append(2)).toThrow(RangeError);
    expect(() => columns.append(Number.NaN)).toThrow(RangeError);
  });

  it("finds rows by time and forgets those before one", () => {
    const columns = filled(8, 6);
    expect(columns.find(4)).toBe(3);
    expect(columns.find(4.5)).toBe(-1);
    columns.dropBefore(4);
    expect([...columns.times()]).toEqual([4, 5, 6]);
    expect(columns.find(4)).toBe(0);
    expect(columns.find(3)).toBe(-1);
  });
});
