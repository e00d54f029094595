import { SENT_BYTES_MAX } from '@kadscope/core/wire';

/** Bytes of a record at most, with its key twice, as messages carry it: what everybody reads, without what is around it. */
export const RECORD_BYTES_MAX: number = SENT_BYTES_MAX - 128;

/** Bytes that a record takes in a message, which names the key beside it once more. */
export function recordBytes(key: Uint8Array, value: Uint8Array): number {
  return 2 * key.length + value.length;
}

/** Whether two arrays have the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** What streams bring, as one plain array: a `Buffer` behaves differently in too many places. */
export function plainBytes(data: Uint8Array | { subarray(): Uint8Array }): Uint8Array {
  const bytes = data instanceof Uint8Array ? data : data.subarray();
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
