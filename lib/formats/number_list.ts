/** Numbers whose count is not known beforehand. */
export class NumberList {
  /** Numbers so far. */
  length = 0;
  #values = new Float64Array(256);

  /** Adds a number. */
  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  /** The number at an index. */
  at(index: number): number {
    return this.#values[index]!;
  }

  /** The numbers, without a copy: valid until the next `push`. */
  view(): Float64Array {
    return this.#values.subarray(0, this.length);
  }

  /** The numbers as a column of their own. */
  toColumn(): Float64Array {
    return this.#values.slice(0, this.length);
  }
}
