/**
 * A sliding window of samples: one shared column of times and one column of values for each key, all typed arrays.
 *
 * Rows are ascending in time. When the rows outgrow the limit the oldest go; the arrays are twice that long, so that
 * moving them to the front happens once in `limit` appends. Absent values are NaN.
 */
export class SlidingColumns {
  readonly limit: number;
  private readonly time: Float64Array;
  private readonly columns = new Map<string, Float64Array>();
  private start = 0;
  private end = 0;

  constructor(limit: number) {
    this.limit = Math.max(1, limit);
    this.time = new Float64Array(this.limit * 2);
  }

  /** Rows held. */
  get length(): number {
    return this.end - this.start;
  }

  get keys(): IterableIterator<string> {
    return this.columns.keys();
  }

  /** Time of the last row in Unix seconds, NaN when there is none. */
  get lastTime(): number {
    return this.length === 0 ? Number.NaN : (this.time[this.end - 1] ?? Number.NaN);
  }

  /** The times held, as a view that the next append may move: read it, do not keep it. */
  times(): Float64Array {
    return this.time.subarray(this.start, this.end);
  }

  /** The values of one key, parallel to times(); undefined for an unknown key. */
  values(key: string): Float64Array | undefined {
    return this.columns.get(key)?.subarray(this.start, this.end);
  }

  /** The row of exactly this time, or -1. */
  find(time: number): number {
    let low = this.start;
    let high = this.end - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = this.time[middle] ?? Number.NaN;
      if (at === time) return middle - this.start;
      if (at < time) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Opens a row after the last one, all its values absent. Throws RangeError when the time does not ascend. */
  append(time: number): number {
    if (this.length > 0 && !(time > this.lastTime))
      throw new RangeError(`row at ${time} does not follow ${this.lastTime}`);
    if (this.length === this.limit) this.start += 1;
    if (this.end === this.time.length) this.moveToFront();
    this.time[this.end] = time;
    for (const column of this.columns.values()) column[this.end] = Number.NaN;
    this.end += 1;
    return this.length - 1;
  }

  get(key: string, row: number): number {
    return this.columns.get(key)?.[this.start + row] ?? Number.NaN;
  }

  set(key: string, row: number, value: number): void {
    this.column(key)[this.start + row] = value;
  }

  /** Forgets the rows before the time. */
  dropBefore(time: number): void {
    while (this.start < this.end && (this.time[this.start] ?? time) < time) this.start += 1;
  }

  private column(key: string): Float64Array {
    const known = this.columns.get(key);
    if (known !== undefined) return known;
    const column = new Float64Array(this.time.length).fill(Number.NaN);
    this.columns.set(key, column);
    return column;
  }

  private moveToFront(): void {
    this.time.copyWithin(0, this.start, this.end);
    for (const column of this.columns.values()) column.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
  }
}
