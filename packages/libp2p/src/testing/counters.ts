// Values that are numbers of four bytes, of which the largest is best.
import type { Selectors, Validators } from '@kadscope/libp2p';

const read = (value: Uint8Array): number =>
  new DataView(value.buffer, value.byteOffset, value.byteLength).getUint32(0);

/** The number in a value. */
export const numberOf = read;

/** A value with a number in it. */
export function valueOf(count: number): Uint8Array {
  const value = new Uint8Array(4);
  new DataView(value.buffer).setUint32(0, count);
  return value;
}

/** The namespace `n`. */
export const COUNTERS: { readonly validators: Validators; readonly selectors: Selectors } = {
  validators: {
    n: (_, value) => {
      if (value.length !== 4) throw new Error('a number has four bytes');
    },
  },
  selectors: {
    n: (_, values) =>
      values.reduce((best, value, i) => (read(value) > read(values[best]!) ? i : best), 0),
  },
};
