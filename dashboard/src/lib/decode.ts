/** One live batch, decoded: series-major, `values[series * ticks + tick]`, NaN where a series has no sample. */
export interface Batch {
  times: number[];
  values: Float64Array;
}

/**
 * Decodes the binary values of a live "samples" event: little-endian float64, series-major.
 *
 * Throws RangeError when the length does not fit the layout, for then no value could be trusted.
 */
export function decodeSamples(bytes: ArrayBuffer | ArrayBufferView, times: number[], seriesCount: number): Batch {
  const view = ArrayBuffer.isView(bytes)
    ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new DataView(bytes);
  const expected = seriesCount * times.length;
  if (view.byteLength !== expected * 8) {
    throw new RangeError(`${view.byteLength} bytes for ${seriesCount} series x ${times.length} ticks`);
  }
  const values = new Float64Array(expected);
  for (let index = 0; index < expected; index += 1) values[index] = view.getFloat64(index * 8, true);
  return { times, values };
}
