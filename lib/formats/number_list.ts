/** Numbers whose count is not known beforehand. */
export class NumberList {
  /** Numbers so far. */
  length = 0;
  #values: Float64Array<ArrayBuffer> = new Float64Array(256);

  /** Adds a number. */
  push(value: number): void {
    if (this.length === this.#values.length) {
      // Moves the memory where it can, where `set` would hold both copies.
      this.#values = new Float64Array(this.#values.buffer.transfer(this.length * 16));
    }
    this.#values[this.length++] = value;
  }

  /** The number at an index. */
  at(index: number): number {
    return this.#values[index]!;
  }

  /** The numbers, without a copy: valid until the next `push` or `take`. */
  view(): Float64Array<ArrayBuffer> {
    return this.#values.subarray(0, this.length);
  }

  /** The numbers as a column of their own; the list is empty afterwards. */
  take(): Float64Array<ArrayBuffer> {
    const column = new Float64Array(this.#values.buffer.transfer(this.length * 8));
    this.#values = new Float64Array(256);
    this.length = 0;
    return column;
  }
}
