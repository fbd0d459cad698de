import { describe, expect, it } from "vitest";
import { decodeSamples } from "./decode";

function bytes(values: number[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  values.forEach((value, index) => {
    view.setFloat64(index * 8, value, true);
  });
  return view.buffer;
}

describe("decodeSamples", () => {
  it("reads series-major little-endian values, NaN being absent", () => {
    const batch = decodeSamples(bytes([1, 2, Number.NaN, 4]), [10, 11], 2);
    expect([...batch.values]).toEqual([1, 2, Number.NaN, 4]);
    expect(batch.times).toEqual([10, 11]);
  });

  it("reads a view that does not begin at a multiple of eight", () => {
    const shifted = new Uint8Array(17);
    shifted.set(new Uint8Array(bytes([1.5, -2])), 1);
    expect([...decodeSamples(shifted.subarray(1), [10], 2).values]).toEqual([1.5, -2]);
  });

  it.each([[[1, 2, 3]], [[]]])("refuses %j for two series of one tick", (values) => {
    expect(() => decodeSamples(bytes(values), [10], 2)).toThrow(RangeError);
  });
});
