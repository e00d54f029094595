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
