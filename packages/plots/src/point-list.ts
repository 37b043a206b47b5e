/** A growable pair of columns: x and y of the points that will be sent or drawn. */
export class PointList {
  #x: Float64Array;
  #y: Float64Array;
  #length = 0;

  /** @param capacity - Points there is room for before the columns grow; default 256. */
  constructor(capacity = 256) {
    this.#x = new Float64Array(capacity);
    this.#y = new Float64Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** The x column, without spare room. Valid until the next change. */
  get x(): Float64Array {
    return this.#x.subarray(0, this.#length);
  }

  /** The y column, without spare room. Valid until the next change. */
  get y(): Float64Array {
    return this.#y.subarray(0, this.#length);
  }

  push(x: number, y: number): void {
    if (this.#length === this.#x.length) this.#grow(this.#length + 1);
    this.#x[this.#length] = x;
    this.#y[this.#length] = y;
    this.#length++;
  }

  /** Appends `x[start..end)` and `y[start..end)`. */
  pushRange(x: Float64Array, y: Float64Array, start: number, end: number): void {
    const length = this.#length + (end - start);
    if (length > this.#x.length) this.#grow(length);
    this.#x.set(x.subarray(start, end), this.#length);
    this.#y.set(y.subarray(start, end), this.#length);
    this.#length = length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Drops every point from the first whose x is not below `x`; x must be ascending. */
  truncateAt(x: number): void {
    while (this.#length > 0 && !((this.#x[this.#length - 1] ?? Number.NaN) < x)) this.#length--;
  }

  #grow(atLeast: number): void {
    const capacity = Math.max(atLeast, this.#x.length * 2, 16);
    const x = new Float64Array(capacity);
    const y = new Float64Array(capacity);
    x.set(this.#x.subarray(0, this.#length));
    y.set(this.#y.subarray(0, this.#length));
    this.#x = x;
    this.#y = y;
  }
}
