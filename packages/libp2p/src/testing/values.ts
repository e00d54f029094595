// Values that tests store: of the namespace `v`, one byte each, of which the largest is best.
import type { Selectors, Validators } from '@kadscope/libp2p';

export const validators: Validators = {
  v: (_, value) => {
    if (value.length !== 1) throw new Error('a value has one byte');
  },
};

export const selectors: Selectors = {
  v: (_, values) =>
    values.reduce((best, value, i) => (value[0]! > values[best]![0]! ? i : best), 0),
};

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
