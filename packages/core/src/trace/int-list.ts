/** A list of 32-bit integers that grows; `values` may be longer than `length`. */
export class IntList {
  values: Int32Array = new Int32Array(16);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  /** How many of the (ascending) values are at most `bound`. */
  countUpTo(bound: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.values[middle]! <= bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
